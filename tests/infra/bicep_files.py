"""Reads the Bicep files of infra/ into plain dicts. Knows the parser's shapes, and nothing of what infra/ should say."""

from pathlib import Path

from lark.exceptions import UnexpectedInput
from pycep import BicepParser

ROOT = Path(__file__).resolve().parents[2]
INFRA = ROOT / "infra"

# Without cache: the parser would keep it in the user's temporary directory.
PARSER = BicepParser(cache=False)


def paths() -> list[Path]:
    return sorted(INFRA.rglob("*.bicep"))


def parse(path: Path) -> dict:
    """The file as a dict. A syntax error is a SyntaxError that begins with file:line:column."""
    try:
        return PARSER.parse(text=path.read_text())
    except UnexpectedInput as error:
        what = str(error).splitlines()[0]
        raise SyntaxError(f"{path.relative_to(ROOT)}:{error.line}:{error.column}: {what}") from None


def body(declaration: dict) -> dict:
    """What stands between the braces, with a loop or a condition around it taken off."""
    config = declaration["config"]
    while "config" in config and ("loop_type" in config or "condition" in config):
        config = config["config"]
    return config


def resources(resource_type: str) -> list[tuple[Path, dict]]:
    """Every resource of a type that infra/ creates, with its file."""
    return [
        (path, body(resource))
        for path in paths()
        for resource in parse(path).get("resources", {}).values()
        if resource["type"] == resource_type and not resource["existing"]
    ]
