"""Golden values for ChatTemplate: what Jinja2 makes of templates with the environment that transformers gives them.

The templates are our own, written in the manner of the common model families, plus small ones that try one rule each.
Run from the project's folder: python Fixtures/golden/scripts/chat_template_golden.py
"""

import json
import sys
from datetime import datetime, timezone
from pathlib import Path

sys.path.pop(0)  # this folder holds scripts named like modules of Python's own
import jinja2
import transformers
from transformers.utils import chat_template_utils

OUT = Path(__file__).resolve().parent.parent

TEMPLATES = {
    "brackets": """{{ bos_token }}{% for message in messages %}
{% if message['role'] == 'system' %}
[[system]] {{ message['content'] | trim }}
{% elif message['role'] == 'user' %}
[[user]] {{ message['content'] | trim }}
{% else %}
[[{{ message.role }}]] {{ message.content }}{{ eos_token }}
{% endif %}
{% endfor %}
{% if add_generation_prompt %}
[[assistant]] {% endif %}""",
    "marks": """{%- for message in messages %}
    {{- '<|begin|>' + message.role + '\\n' + message.content + '<|stop|>' + '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|begin|>assistant\\n' }}
{%- endif %}""",
    "default-system": """{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = 'You help.' %}{% endif %}
{% for message in loop_messages %}
{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
{{ raise_exception('Roles must alternate user/assistant, found ' ~ message['role'] ~ ' at ' ~ loop.index) }}
{% endif %}
{% if loop.index0 == 0 %}{% set content = '<<S>>' + system_message + '<</S>>' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}
{% if message['role'] == 'user' %}{{ bos_token + '[I] ' + content.strip() + ' [/I]' }}{% elif message['role'] == 'assistant' %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}
{% endfor %}""",
    "tools": """{%- if tools %}
{{- '<|begin|>system\\n' }}
{%- if messages[0].role == 'system' %}{{- messages[0].content + '\\n\\n' }}{%- endif %}
{{- 'Functions, one a line:\\n<functions>' }}
{%- for tool in tools %}
{{- '\\n' }}
{{- tool | tojson }}
{%- endfor %}
{{- '\\n</functions><|stop|>\\n' }}
{%- endif %}
{%- set ns = namespace(last_user=-1, seen=false) %}
{%- for message in messages[::-1] %}
{%- set index = (messages | length - 1) - loop.index0 %}
{%- if not ns.seen and message.role == 'user' and message.content is string %}
{%- set ns.seen = true %}
{%- set ns.last_user = index %}
{%- endif %}
{%- endfor %}
{%- for message in messages %}
{%- if message.role == 'assistant' and message.tool_calls %}
{{- '<|begin|>assistant' }}
{%- for call in message.tool_calls %}
{%- set f = call.function if call.function else call %}
{{- '\\n<call>{"name": "' ~ f.name ~ '", "arguments": ' }}
{%- if f.arguments is string %}{{- f.arguments }}{%- else %}{{- f.arguments | tojson }}{%- endif %}
{{- '}</call>' }}
{%- endfor %}
{{- '<|stop|>\\n' }}
{%- elif message.role == 'tool' %}
{%- if loop.first or messages[loop.index0 - 1].role != 'tool' %}{{- '<|begin|>user' }}{%- endif %}
{{- '\\n<result>' + (message.content if message.content is string else message.content | tojson) + '</result>' }}
{%- if loop.last or messages[loop.index0 + 1].role != 'tool' %}{{- '<|stop|>\\n' }}{%- endif %}
{%- elif not (tools and loop.first and message.role == 'system') %}
{{- '<|begin|>' ~ message.role ~ ('*' if loop.index0 == ns.last_user else '') ~ '\\n' ~ (message.content or '') ~ '<|stop|>\\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|begin|>assistant\\n' }}{%- endif %}""",
    "thinking": """{%- for message in messages -%}
{%- set content = message.content if message.content is not none else '' -%}
{%- if message.role == 'assistant' and '</think>' in content -%}
{%- set content = content.split('</think>')[-1].lstrip('\\n') -%}
{%- endif -%}
{{ '<' ~ message.role ~ '>' ~ content ~ '</' ~ message.role ~ '>' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
<assistant>{% if enable_thinking is defined and enable_thinking is false %}<think></think>{% endif %}
{%- endif -%}""",
    "parts": """{% macro show(content) %}{% if content is string %}{{ content }}{% elif content is iterable and content is not mapping %}{% for part in content %}{% if part.type == 'text' %}{{ part.text }}{% elif part['type'] in ['image', 'image_url'] %}<image>{% else %}{{ raise_exception('no ' + part.type) }}{% endif %}{% endfor %}{% elif content is none or content is undefined %}{% endif %}{% endmacro %}
{% for message in messages %}
{{ message.role | capitalize }}: {{ show(message.content) }}
{% endfor %}
{{ 'Assistant:' if add_generation_prompt }}""",
    "generation": """{% for message in messages %}
{% if message.role == 'assistant' %}
{% generation %}
{{ message.content }}{{ eos_token }}
{% endgeneration %}
{% else %}
{{ message.role }}> {{ message.content }}
{% endif %}
{% endfor %}""",
    "schema": """{%- macro parameters(properties, required=[]) -%}
{%- for name, value in properties | dictsort -%}
{{ '\\n  - ' + name }}{{ '' if name in required else '?' }}: {{ value.type | upper }}
{%- if value.enum is defined %} one of {{ value.enum | join(' or ') }}{% endif -%}
{%- if value.properties %}{{ parameters(value.properties, required=value.required or []) }}{% endif -%}
{%- endfor -%}
{%- endmacro -%}
{% for tool in tools or [] -%}
{%- set f = tool.function -%}
* {{ f.name }}({{ f.parameters.properties | list | join(', ') }}): {{ f.description | default('no description', true) }}{{ parameters(f.parameters.properties, f.parameters.required) }}
{% endfor -%}
{{ messages | map(attribute='role') | join(',') }}
{{ messages | selectattr('role', 'equalto', 'user') | list | length }} {{ messages | rejectattr('role', 'in', ['user', 'system']) | map(attribute='content', default='?') | list }}""",
    "documents": """{% if documents %}{% for d in documents %}Document {{ loop.index }}/{{ loop.length }}: {{ d['title'] }}
{{ d.text | replace('\\n', ' ') }}{% if not loop.last %}

---
{% endif %}{% endfor %}{% else %}No documents.{% endif %}
{% for message in messages if message.role != 'system' %}
{{ loop.index0 }}{{ message.content }}
{% else %}
nothing
{% endfor %}""",
    "json": """{{ messages | tojson }}
{{ messages | tojson(indent=2) }}
{{ messages[0] | tojson(separators=(',', ':'), sort_keys=true) }}
{{ {'a': 1, 'b': [true, none, 1.5, 'ü"\\n'], 'c': {}} | tojson }}
{{ [] | tojson(indent=4) }} {{ 'ü🙂' | tojson(ensure_ascii=true) }}
{{ {'t': (1, 2), 1: 'one', 'f': 1e20, 'g': 0.1, 'h': 1e-7} | tojson }}""",
    "printing": """{{ messages }}
{{ none }} {{ true }} {{ 1.0 }} {{ 2 ** 10 }} {{ [1, 'a', none, 2.5, ('x',), (), {'k': "it's"}] }} {{ 'quo"te\\'s' | string }} {{ ['quo"te\\'s', 'a\\\\b\\t\\x01é\\u200b'] }}
{{ missing }}|{{ messages[0].nothing }}|{{ messages | first | string | length > 3 }}|{{ namespace(a=1).a }}""",
    "arithmetic": """{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 + 3 * 4 }} {{ (2 + 3) * 4 }} {{ -2 ** 2 }} {{ 2 ** 3 ** 2 }} {{ 1 + 1.5 }} {{ 5.5 // 2 }} {{ -5.5 % 2 }} {{ 'ab' * 3 }} {{ [1] * 2 + [3] }} {{ 1 ~ 2 ~ 'x' ~ none ~ true }} {{ 3 - -2 }} {{ +4 }} {{ true + 1 }} {{ 1_000 }}
{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 1 == 1.0 }} {{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }} {{ not 1 in [1] }} {{ 1 not in [1] }} {{ 'a' in {'a': 1} }} {{ 'bc' in 'abcd' }} {{ true and 'x' or 'y' }} {{ false or '' or 'z' }} {{ not false and not none }}
{{ 10 if false }}|{{ 'a' if 1 > 2 else 'b' if 2 > 1 else 'c' }}|{{ range(3) | list }} {{ range(5, 1, -2) | list }} {{ 'abc'[1] }} {{ 'abcdef'[1:-1:2] }} {{ 'abc'[::-1] }} {{ [1,2,3][-1] }} {{ [1,2,3][:2] }} {{ [1,2,3][5:] }} {{ [1,2,3,4,5][-2:] }} {{ (1,2,3)[1:] }} {{ [1,2,3].0 }} {{ [3,4][-1:0:-1] }} {{ 'abc'[-100:100] }} {{ [1,2,3][10] }}|""",
    "texts": """{{ '  a b  '.strip() }}|{{ 'xxaxx'.strip('x') }}|{{ 'xxaxx'.lstrip('x') }}|{{ 'xxaxx'.rstrip('x') }}|{{ 'a,b,,c'.split(',') }}|{{ ' a  b c '.split() }}|{{ 'a b c'.split(' ', 1) }}|{{ 'a b c'.rsplit(' ', 1) }}|{{ ' a b  c '.split(none, 1) }}|{{ 'a\\nb\\r\\nc\\n'.splitlines() }}
{{ 'Hello'.upper() }} {{ 'HeLLo wORLD'.lower() }} {{ 'hELLO wORLD'.capitalize() }} {{ "it's hello-world".title() }} {{ "it's hello-world (x)" | title }} {{ 'ab'.startswith('a') }} {{ 'ab'.endswith(('x', 'b')) }} {{ 'aXbX'.replace('X', '-') }} {{ 'aXbX'.replace('X', '-', 1) }} {{ 'ab'.replace('', '.') }} {{ 'banana'.count('an') }} {{ 'banana'.find('nan') }} {{ 'straße ǆ'.upper() }} {{ '-'.join(['a', 'b']) }} {{ '123'.isdigit() }} {{ 'abcabc'.removeprefix('abc') }}
{{ 'e\u0301é' | length }} {{ '🙂'[0] }} {{ '\U0001F469\u200d\U0001F469' | list }} {{ 'é' == 'e\u0301' }} {{ 'İ'.lower() | length }}
{{ 'a' 'b' "c" }} {{ '\\u00e9\\x41\\101\\q\\\\' }} {{ "tab\\there" }}
{{ {'a': 1}.get('b', 'none') }} {{ {'a': 1}.get('b') }} {{ {'b': 1, 'a': 2}.items() | list }} {{ {'b': 1, 'a': 2}.keys() | list }} {{ {'a': 2}.values() | list }} {{ {'a': {'b': 3}}.a.b }} {{ {'items': 4}['items'] }} {{ {'x': 1} | items | list }} {{ {1: 'one'}[1] }}""",
    "filters": """{{ [3, 1, 2] | sort }} {{ ['b', 'A', 'c'] | sort }} {{ ['b', 'A', 'c'] | sort(reverse=true) }} {{ ['b', 'A', 'B'] | unique | list }} {{ {'b': 1, 'A': 2} | dictsort }} {{ {'b': 1, 'a': 2} | dictsort(by='value') }} {{ [1, 2, 3] | sum }} {{ [1, 5, 3] | max }} {{ [4, 2] | min }} {{ [1, 2] | first }} {{ [1, 2] | last }} {{ [] | first }} {{ [1, 2] | reverse | list }} {{ 'abc' | reverse }}
{{ missing | default('d') }} {{ '' | default('d') }} {{ '' | default('d', true) }} {{ none | default('d') }} {{ 0 | d('zero', boolean=true) }} {{ '42' | int + 1 }} {{ 'x' | int(default=7) }} {{ '1.5' | float }} {{ 3.9 | int }} {{ -3 | abs }} {{ '  x ' | trim }} {{ 'xyx' | trim('x') }} {{ [1, none, 'a'] | join('-') }} {{ 'abc' | join('.') }} {{ ['a', 'b'] | map('upper') | list }} {{ [1, 2, 3, 4] | select('odd') | list }} {{ [1, 2, 3, 4] | reject('divisibleby', 2) | list }} {{ [0, 1, ''] | select | list }} {{ 'a' | length }} {{ {'a': 1} | length }} {{ 'a<b' | safe }} {{ 'aXb' | replace('X', '') }} {{ 'l1\\nl2\\n\\nl3' | indent }} {{ 'l1\\nl2' | indent(2, true) }} {{ [{'n': {'v': 2}}, {'n': {'v': 1}}] | map(attribute='n.v') | list }} {{ [{'v': 2}, {'v': 1}] | sort(attribute='v') | map(attribute='v') | list }}
{{ 1 is defined }} {{ x is defined }} {{ none is none }} {{ 'a' is string }} {{ 1 is number }} {{ 1 is integer }} {{ 1.0 is float }} {{ true is boolean }} {{ {} is mapping }} {{ [] is iterable }} {{ 'a' is iterable }} {{ 1 is iterable }} {{ [] is sequence }} {{ 2 is even }} {{ 3 is odd }} {{ 6 is divisibleby 3 }} {{ 1 is eq 1 }} {{ 1 is ne(2) }} {{ 1 is in [1] }} {{ true is true }} {{ 1 is true }} {{ false is false }} {{ range is callable }} {{ 'a' is not none }} {{ 'ab' is lower }} {{ 3 is gt 2 }} {{ 1 is not defined or true }}""",
    "scopes": """{% set x = 'outer' %}
{% for i in range(3) %}{{ x }}{% set x = i %}{{ x }} {% endfor %}{{ x }}
{% if true %}{% set x = 'changed' %}{% endif %}{{ x }}
{% set ns = namespace(n=0, items=[]) %}{% for i in range(4) %}{% if i == 2 %}{% continue %}{% endif %}{% set ns.n = ns.n + i %}{% set ns.items = ns.items + [i] %}{% if i == 3 %}{% break %}{% endif %}{% endfor %}{{ ns.n }} {{ ns.items }}
{% set block %}
  text {{ x }}
{% endset %}[{{ block }}] {% set y | upper | trim %} abc {% endset %}[{{ y }}]
{% macro m(a, b='B', c=a) %}{{ a }}{{ b }}{{ c }}{{ x }}{% endmacro %}{{ m(1) }} {{ m(1, 2) }} {{ m(b=3, a=4) }} {{ m() }} {% set x = 'later' %}{{ m('z', c='k') }}
{% for a, b in [(1, 2), [3, 4]] %}{{ a + b }}{{ loop.first }}{{ loop.last }}{{ loop.revindex }}{{ loop.previtem is defined }}{{ loop.cycle('odd', 'even') }} {% endfor %}{% set p, q = 1, 2 %}{{ p }}{{ q }}
{% for c in 'abc' %}{{ loop.nextitem | default('end') }}{{ ',' if not loop.last }}{% endfor %} {% for k in {'a': 1, 'b': 2} %}{{ k }}{% endfor %} {% for k, v in {'a': 1}.items() %}{{ k }}={{ v }}{% endfor %} {% for z in missing %}x{% else %}none{% endfor %}
{% for i in range(2) %}{% for j in range(2) %}{{ loop.index }}{% endfor %}{{ loop.index }} {% endfor %}{% for v in [1, 1, 2] %}{{ loop.changed(v) }}{% endfor %}""",
    "spaces": """  {% if true %}
  yes
    {% endif %}
text {% if true %} same line {% endif %}

{#- comment -#}
   after
{# a comment
over lines #}
{%- if true -%}
   tight
{%- endif -%}
  end {{- ' x ' -}}  y
{%+ if true %}
 plus
{%+ endif +%}
{% raw %}{{ not a tag }} {% if %}
{% endraw %}
	{% set a = 1 %}	
  {{ a }}
{{ a }}{% if a %}
{% endif %}
last
""",
    "dates": """{{ strftime_now('%d %b %Y') }}{% for m in messages %}
{{ m.content }}{% endfor %}""",
}

CONVERSATIONS = {
    "short": {"messages": [{"role": "user", "content": " Where is my parcel? "}]},
    "system": {
        "messages": [
            {"role": "system", "content": "You route messages.\nBe brief."},
            {"role": "user", "content": "Hi {{ messages }} {% if %} <|stop|>"},
            {"role": "assistant", "content": "<think>hm</think>\n\nHello."},
            {"role": "user", "content": "Ünïcödé 🙂\r\nnew line\n"},
        ],
        "add_generation_prompt": True,
    },
    "tools": {
        "messages": [
            {"role": "user", "content": "Weather in Köln?"},
            {"role": "assistant", "content": None, "tool_calls": [{"type": "function", "function": {"name": "weather", "arguments": {"city": "Köln", "days": 2, "exact": True, "x": None, "t": 1.5}}}, {"name": "time", "arguments": "{\"zone\": \"CET\"}"}]},
            {"role": "tool", "content": {"temperature": 21.0}},
            {"role": "tool", "content": "12:00"},
            {"role": "assistant", "content": "21 degrees."},
        ],
        "tools": [
            {"type": "function", "function": {"name": "weather", "description": "Get <the> weather & more", "parameters": {"type": "object", "properties": {"unit": {"type": "string", "enum": ["c", "f"]}, "city": {"type": "string"}, "Place": {"type": "object", "properties": {"lat": {"type": "number"}}}}, "required": ["city"]}}},
            {"type": "function", "function": {"name": "time", "description": "", "parameters": {"type": "object", "properties": {}}}},
        ],
        "add_generation_prompt": True,
        "enable_thinking": False,
    },
    "parts": {
        "messages": [{"role": "user", "content": [{"type": "text", "text": "What is this? "}, {"type": "image"}]}, {"role": "assistant", "content": "A cat."}],
        "documents": [{"title": "Cats", "text": "Cats are\nsmall."}, {"title": "Dogs", "text": "Dogs bark."}],
    },
}

SPECIALS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
NOW = datetime(2026, 3, 5, 9, 7, 1, tzinfo=timezone.utc)


class Clock(datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


def main():
    chat_template_utils.datetime = Clock
    cases = []
    for name, source in TEMPLATES.items():
        template = chat_template_utils._compile_jinja_template(source)
        for conversation, context in CONVERSATIONS.items():
            full = {"tools": None, "documents": None, "add_generation_prompt": False} | SPECIALS | context
            try:
                outcome = {"text": template.render(**full)}
            except jinja2.exceptions.TemplateError as error:
                outcome = {"error": type(error).__name__, "message": str(error)}
            except (TypeError, AttributeError) as error:
                outcome = {"error": type(error).__name__, "message": str(error)}
            cases.append({"template": name, "conversation": conversation} | outcome)
    golden = {
        "tool": f"jinja2 {jinja2.__version__}, transformers {transformers.__version__}",
        "script": "Fixtures/golden/scripts/chat_template_golden.py",
        "now": NOW.timestamp(),
        "specials": SPECIALS,
        "templates": TEMPLATES,
        "conversations": CONVERSATIONS,
        "cases": cases,
    }
    (OUT / "chat_template.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1), encoding="utf-8")
    print({c["template"]: c.get("message", "")[:60] for c in cases if "error" in c})


if __name__ == "__main__":
    main()
