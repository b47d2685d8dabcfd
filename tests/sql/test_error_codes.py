"""ERRORS.md lists exactly the codes that the server answers with, each with its status."""

import re
from pathlib import Path

from delivery.errors import Code

ROOT = Path(__file__).parents[2]


def listed() -> dict[str, set[str]]:
    rows = re.findall(r"^\| `(\w+)` \| (\d{3}|-) \|", (ROOT / "supabase/ERRORS.md").read_text(), re.MULTILINE)
    return {code: {status} - {"-"} for code, status in rows}


def found(folder: str, pattern: str, files: str) -> list[tuple[str, str]]:
    texts = [path.read_text() for path in sorted((ROOT / folder).glob(files))]
    return [match for text in texts for match in re.findall(pattern, text)]


def raised() -> dict[str, set[str]]:
    pairs = found("supabase/migrations", r"refuse\(\s*(\d{3}), '(\w+)'", "*.sql")
    pairs += found("functions", r"new Refusal\(\s*(\d{3}),\s*\"(\w+)\"", "*/*.ts")
    pairs += found("functions", r"\[(\d{3}), \{ code: \"(\w+)\"", "*/*.ts")
    pairs += found("supabase/stack", r"json\((\d{3}), \{ code: \"(\w+)\"", "*.ts")
    codes: dict[str, set[str]] = {code: set() for code in Code}
    for status, code in pairs:
        codes.setdefault(code, set()).add(status)
    # messages_append answers with codes in a column; send_message must know each
    answered = found("supabase/migrations", r"then '(\w+)'", "*messages_append.sql")
    assert len(answered) > 5
    assert set(answered) <= codes.keys()
    return codes


def test_the_list_is_what_is_raised() -> None:
    assert raised() == listed()


def test_the_list_is_sorted() -> None:
    assert [*listed()] == sorted(listed())
