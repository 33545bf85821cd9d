"""Renders every template of Fixtures/golden/templates with every conversation there, through transformers' own render_jinja_template.

    python Fixtures/golden/scripts/chat_templates_golden.py            writes Fixtures/golden/templates/rendered.json
    python Fixtures/golden/scripts/chat_templates_golden.py VIGIL      compares with `VIGIL model render`, process for process

The templates are our own; each has the structure of the field's template after which it is named.
"""
import datetime, json, pathlib, subprocess, sys, tempfile

import jinja2, transformers
from transformers.utils import chat_template_utils

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "templates"
NOW = 1_784_650_000
SPECIALS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}


class Frozen(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(NOW, datetime.timezone.utc).replace(tzinfo=None)


def render(template, conversation):
    """{"text"} or {"error", "message"}, and the ranges of the generation tags where there are some."""
    given = dict(conversation)
    messages = given.pop("messages")
    try:
        rendered, _ = chat_template_utils.render_jinja_template(
            [messages], tools=given.pop("tools", None), documents=given.pop("documents", None), chat_template=template,
            add_generation_prompt=given.pop("add_generation_prompt", False), **{**SPECIALS, **given})
        return {"text": rendered[0]}
    except Exception as error:
        result = {"error": type(error).__name__}
        if result["error"] == "TemplateError":
            result["message"] = str(error)
        return result


def compare(vigil, templates, conversations, golden):
    """With the program: the clock of strftime_now is the machine's there, so templates that ask for it are left out."""
    wrong = count = 0
    for name, template in templates.items():
        if "strftime_now" in template:
            continue
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "tokenizer_config.json").write_text(json.dumps(SPECIALS))
            pathlib.Path(folder, "chat_template.jinja").write_text(template)
            for title, conversation in conversations.items():
                if title == "missing-keys":  # the program wants a role and a content of every message
                    continue
                row = dict(conversation)
                flags = ["--generation-prompt"] if row.pop("add_generation_prompt", False) else []
                extra = {key: row.pop(key) for key in list(row) if key not in ("messages", "tools", "documents")}
                row["chat_template_kwargs"] = extra
                run = subprocess.run([vigil, "model", "render", "--model", folder, *flags], input=json.dumps(row), capture_output=True, text=True)
                line = json.loads(run.stdout) if run.stdout.strip() else {}
                expected = golden[name][title]
                count += 1
                if line.get("text") != expected.get("text"):
                    wrong += 1
                    print(name, title, "expected", expected, "found", line, run.stderr[:200])
    print(f"{count} compared, {wrong} different")
    return wrong


def main():
    chat_template_utils.datetime = Frozen
    templates = {path.stem: path.read_text() for path in sorted(FOLDER.glob("*.jinja"))}
    conversations = json.loads((FOLDER / "conversations.json").read_text())
    golden = {name: {title: render(template, one) for title, one in conversations.items()} for name, template in templates.items()}
    if len(sys.argv) > 1:
        sys.exit(1 if compare(sys.argv[1], templates, conversations, golden) else 0)
    result = {
        "origin": f"transformers {transformers.__version__}, jinja2 {jinja2.__version__}, Python {sys.version.split()[0]}; scripts/chat_templates_golden.py",
        "now": NOW, "specials": SPECIALS, "rendered": golden,
    }
    (FOLDER / "rendered.json").write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    texts = [one for all in golden.values() for one in all.values()]
    print(len(templates), "templates,", len(conversations), "conversations,", sum("text" in one for one in texts), "texts,", sum("error" in one for one in texts), "errors")


main()
