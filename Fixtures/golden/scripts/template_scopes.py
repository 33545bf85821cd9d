"""What Jinja's compiler makes of a template before it runs: which scope a name belongs to, and what is folded away. Each is rendered with x = 5.

    python Fixtures/golden/scripts/template_scopes.py     writes Fixtures/golden/template_scopes.json

Last run with transformers 5.23, jinja2 3.1.6, Python 3.11.
"""
import json, pathlib, warnings

import jinja2, transformers
from transformers.utils import chat_template_utils

warnings.simplefilter("ignore")
TEMPLATES = [
 "{% for i in [1] %}{{ x }}{% endfor %}{% set x = 2 %}{{ x }}",
 "{{ x }}{% for i in [1] %}{{ x }}{% endfor %}{% set x = 2 %}{{ x }}",
 "{% if x %}{% set x = 3 %}{% endif %}{% for i in [1] %}{{ x }}{% endfor %}",
 "{% if false %}{% set x = 3 %}{% endif %}{% for i in [1] %}{{ x }}{% endfor %}{{ x }}",
 "{% set x %}[{{ x }}]{% endset %}{{ x }}",
 "{% set x = x %}{{ x }}",
 "{% macro f() %}{{ x }}{% endmacro %}{{ f() }}{% set x = 1 %}{{ f() }}",
 "{% macro f(a=x) %}{% set x = 1 %}{{ a }}{{ x }}{% endmacro %}{{ f() }}{{ x }}",
 "{% macro f() %}{% for i in [1] %}{{ x }}{% endfor %}{% set x = 1 %}{{ x }}{% endmacro %}{{ f() }}{{ x }}",
 "{% for i in [1, 2] %}{% for j in [1] %}{{ x }}{% endfor %}{% set x = i %}{{ x }}{% endfor %}{{ x }}",
 "{% for i in [1, 2] %}{% for j in [1] %}{{ y }}{% endfor %}{% set y = i %}{{ y }}{% endfor %}",
 "{% for i in [1, 2] if x %}{{ x }}{% set x = 0 %}{{ x }}{% endfor %}{{ x }}",
 "{% for i in [] %}{% else %}{{ x }}{% endfor %}{% set x = 2 %}",
 "{% for i in [] %}{% else %}{% for j in [1] %}{{ x }}{% endfor %}{% set x = 2 %}{{ x }}{% endfor %}",
 "{% with a = x %}{% for j in [1] %}{{ x }}{{ a }}{% endfor %}{% set x = 4 %}{{ x }}{% endwith %}{{ x }}",
 "{% with x = 4 %}{{ x }}{% set x = 5 %}{{ x }}{% endwith %}{{ x }}",
 "{% filter default(x, true) %}{% set x = 'b' %}{% endfilter %}",
 "{% set y | default(x, true) %}{% endset %}{{ y }}",
 "{% set y | default(x, true) %}{% set x = 7 %}{% endset %}{{ y }}{{ x }}",
 "{% set y | default(zz, true) %}{% endset %}{{ y }}",
 "{% for i in [1] %}{% set y | default(x, true) %}{% endset %}{{ y }}{% endfor %}{{ x }}",
 "{% generation %}{{ x }}{% endgeneration %}{% set x = 1 %}",
 "{% call(a=x) m() %}{{ a }}{% endcall %}{% macro m() %}{{ caller() }}{% endmacro %}",
 "{% macro m() %}{{ caller() }}{% endmacro %}{% call(a=x) m() %}{{ a }}{{ x }}{% set x = 1 %}{% endcall %}{{ x }}",
 "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ x }}{% endcall %}{% set x = 1 %}",
 "{% for k in [1] %}{{ range(2)|list }}{% endfor %}{% set range = 1 %}",
 "{% if a %}{% for i in [1] %}{{ x }}{% endfor %}{% set x = 1 %}{% endif %}{{ x }}",
 "{% if true %}{% for i in [1] %}{{ x }}{% endfor %}{% set x = 1 %}{% endif %}{{ x }}",
 "{% set ns = namespace(a=1) %}{% for i in [1] %}{{ x }}{% set ns.a = x %}{% endfor %}{% set x, y = 1, 2 %}{{ ns.a }}{{ y }}",
 "{% for i in [1] %}{{ ns.a }}{% endfor %}{% set ns = namespace(a=1) %}",
 "{% for i in [1] recursive %}{{ x }}{% set x = 2 %}{{ x }}{% endfor %}{% set x = 3 %}",
 "{% for x in [1] %}{{ x }}{% endfor %}{{ x }}{% set x = 2 %}",
 "{% for i in x|default([3]) %}{{ i }}{% endfor %}{% set x = 2 %}",
 "{{ true or x|nosuch }}", "{{ false and x|nosuch }}", "{{ false or x|nosuch }}", "{{ 1 > 2 > x|nosuch }}", "{{ 1 < 2 < x|nosuch }}",
 "{{ ('a'|upper == 'A') or x is nosuch }}", "{{ ('a'|upper == 'B') or x is nosuch }}", "{{ (true or x|nosuch)|string ~ 'b' }}",
 "{{ x or y|nosuch }}", "{{ [true or x|nosuch, x] }}", "{{ ([1]|map('string')|list) or x|nosuch }}", "{{ {}.x or x|nosuch }}", "{{ 'a' if true else x|nosuch }}",
 "{% set y = 1 or x|nosuch %}{{ y }}", "{% for i in ([] and x|nosuch) %}{% endfor %}b", "{{ (1 and 0) and x|nosuch }}", "{{ not (true or x|nosuch) }}",
 "{{ x|default(true or y|nosuch) }}", "{{ (range(3) and x)|nosuch }}", "{{ (1/0) or x|nosuch }}",
]


def rendered(template):
    """The text; None where Jinja cannot compile or render it."""
    try:
        return chat_template_utils._cached_compile_jinja_template(template).render(x=5)
    except Exception:
        return None


path = pathlib.Path(__file__).resolve().parent.parent / "template_scopes.json"
origin = f"Fixtures/golden/scripts/template_scopes.py, jinja2 {jinja2.__version__}, transformers {transformers.__version__}"
cases = [{"template": template, "text": rendered(template)} for template in TEMPLATES]
path.write_text(json.dumps({"origin": origin, "cases": cases}, indent=1) + "\n")
print(len(cases), "templates,", sum(case["text"] is None for case in cases), "refused")
