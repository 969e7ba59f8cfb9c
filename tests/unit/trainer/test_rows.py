"""Lines of a dataset: what is taken, and what is said about the others."""

import json
from dataclasses import replace

import pytest

from sbert_trainer.validation import rows
from sbert_trainer.validation.explained import explained_row
from sbert_trainer.validation.faults import FaultError
from sbert_trainer.validation.rows import parse_row
from tests.unit.trainer.builders import a_line, a_row, a_triplet


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(a_line(), id="plain"),
        pytest.param(a_line(question="2026-01-01"), id="D22 a text that looks like a date"),
        pytest.param(a_line(question="😀 \u202eRTL"), id="D23 emoji and direction marks"),
        pytest.param(a_line(question="a\u2028b\u0085c\x0bd"), id="D10 Unicode line separators"),
        pytest.param(a_line(question='say "hi" \\ there'), id="quotes and backslashes"),
        pytest.param(a_line(question="ends with a backslash\\"), id="a backslash at the end"),
        pytest.param(a_line(question="<script>=cmd()</script>"), id="D27 markup and formulas"),
        pytest.param(a_line(question="[[[[{{{{" * 20), id="D15 brackets inside a text"),
        pytest.param(a_line(question="x" * 900_000), id="D23 a long text"),
        pytest.param(json.dumps(a_row(), ensure_ascii=False).encode(), id="raw UTF-8"),
        pytest.param(a_line().replace(b'"question"', b'"qu\\u0065stion"'), id="an escaped name"),
    ],
)
def test_a_good_line_becomes_the_triplet_that_json_reads(line: bytes) -> None:
    row, extra = parse_row(line)
    assert {"question": row.question, "positive": row.positive, "negative": row.negative} == (
        json.loads(line)
    )
    assert extra == ()


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        pytest.param(
            b'{"question": "caf\xc3"}',
            "faq.jsonl:1: byte 18: found 0xc3, which is not UTF-8, expected text in UTF-8; "
            "save the file as UTF-8",
            id="D06 truncated UTF-8",
        ),
        pytest.param(
            a_line(question="Q").replace(b'"Q"', b'"caf\xe9"'),
            "faq.jsonl:1: byte 18: found 0xe9, which is not UTF-8, expected text in UTF-8; "
            "save the file as UTF-8",
            id="D06 Latin-1",
        ),
        pytest.param(
            a_line(question="Q").replace(b'"Q"', b'"\xc0\xaf"'),
            "faq.jsonl:1: byte 15: found 0xc0, which is not UTF-8, expected text in UTF-8; "
            "save the file as UTF-8",
            id="D06 overlong form",
        ),
        pytest.param(
            a_line(question="Q").replace(b'"Q"', b'"\xed\xa0\x80"'),
            "faq.jsonl:1: byte 15: found 0xed, which is not UTF-8, expected text in UTF-8; "
            "save the file as UTF-8",
            id="D06 a raw surrogate",
        ),
        pytest.param(
            a_line(positive="\ud800"),
            "faq.jsonl:1: positive: found half a surrogate pair, expected a text; write the"
            " whole character, or remove it",
            id="D07 a lone surrogate",
        ),
        pytest.param(
            a_line(negative="a\0b"),
            "faq.jsonl:1: negative: found the character NUL in the text, expected a text; "
            "remove that character",
            id="D08 an escaped NUL",
        ),
        pytest.param(
            a_line(question="Q").replace(b'"Q"', b'"a\x00b"'),
            "faq.jsonl:1: character 16: found a raw control character, expected it written "
            "as \\u0000; write the file with a JSON library",
            id="D08 a raw NUL",
        ),
        pytest.param(
            a_line()[:-10],
            "faq.jsonl:1: character 98: found the line's end inside the row, expected "
            '{"question": "…", "positive": "…", "negative": "…"}; complete the row or '
            "remove it",
            id="D09 a truncated line",
        ),
        pytest.param(
            a_line() + a_line(),
            "faq.jsonl:1: character 108: found more after the first value, expected one "
            "object in each line; put each object into a line of its own: jq -c . old.jsonl"
            " > new.jsonl",
            id="D12 two objects in a line",
        ),
        pytest.param(
            a_line().replace(b'"', b"'"),
            'faq.jsonl:1: character 2: found "\'", which is no JSON there, expected '
            '{"question": "…", "positive": "…", "negative": "…"}; write double quotes',
            id="D12 single quotes",
        ),
        pytest.param(
            a_line().replace(b'"positive":', b'"positive"='),
            "faq.jsonl:1: character 44: found '=', which is no JSON there, expected "
            '{"question": "…", "positive": "…", "negative": "…"}; write the file with a '
            "JSON library",
            id="D12 an equals sign",
        ),
        pytest.param(
            b"null",
            'faq.jsonl:1: found null, expected one object: {"question": "…", "positive": '
            '"…", "negative": "…"}; write each row as an object',
            id="D13 null",
        ),
        pytest.param(
            b"3",
            'faq.jsonl:1: found a number, expected one object: {"question": "…", '
            '"positive": "…", "negative": "…"}; write each row as an object',
            id="D13 a number",
        ),
        pytest.param(
            b'"x"',
            'faq.jsonl:1: found a text, expected one object: {"question": "…", "positive": '
            '"…", "negative": "…"}; write each row as an object',
            id="D13 a text",
        ),
        pytest.param(
            b"[]",
            'faq.jsonl:1: found an array, expected one object: {"question": "…", '
            '"positive": "…", "negative": "…"}; write each row as an object',
            id="D13 an array",
        ),
        pytest.param(
            a_line()[:-1] + b', "question": "again"}',
            "faq.jsonl:1: question: found twice, expected each column once; remove one",
            id="D14 a doubled column",
        ),
        pytest.param(
            a_line()[:-1] + b', "question": "\\\\"}',
            "faq.jsonl:1: question: found twice, expected each column once; remove one",
            id="D14 a doubled column hidden by backslashes",
        ),
        pytest.param(
            b'{"a": ' + b"[" * 100_000,
            'faq.jsonl:1: found nesting deeper than 32, expected {"question": "…", '
            '"positive": "…", "negative": "…"}; leave nested columns out',
            id="D15 deep arrays",
        ),
        pytest.param(
            b'{"question": ' * 100_000,
            'faq.jsonl:1: found nesting deeper than 32, expected {"question": "…", '
            '"positive": "…", "negative": "…"}; leave nested columns out',
            id="D15 deep objects",
        ),
        pytest.param(
            b'{"question": "Q", "positive": "P", "negative": ' + b"9" * 5000 + b"}",
            "faq.jsonl:1: negative: found a number, expected a text; write a text or remove"
            " the row",
            id="D16 a number of 5,000 digits",
        ),
        pytest.param(
            b'{"question": "Q", "positive": "P", "negative": NaN}',
            'faq.jsonl:1: found NaN, which is not JSON, expected {"question": "…", '
            '"positive": "…", "negative": "…"}; leave that column out',
            id="D16 NaN",
        ),
        pytest.param(
            b'{"question": "Q", "positive": "P"}',
            "faq.jsonl:1: negative: missing beside 'question', 'positive', expected a text;"
            " add the column",
            id="D20 a missing column",
        ),
        pytest.param(
            b'{"Question": "Q", "positive": "P", "negative": "N"}',
            "faq.jsonl:1: question: missing, expected a text; rename the column 'Question'",
            id="D20 another case",
        ),
        pytest.param(
            a_line(positive=None),
            "faq.jsonl:1: positive: found null, expected a text; write a text or remove the row",
            id="D21 null",
        ),
        pytest.param(
            a_line(positive=["P"]),
            "faq.jsonl:1: positive: found an array, expected a text; write a text or remove"
            " the row",
            id="D21 an array",
        ),
        pytest.param(
            a_line(positive=True),
            "faq.jsonl:1: positive: found a boolean, expected a text; write a text or "
            "remove the row",
            id="D21 a boolean",
        ),
        pytest.param(
            a_line(negative=""),
            "faq.jsonl:1: negative: found an empty text, expected a text; write one or "
            "remove the row",
            id="D23 an empty text",
        ),
        pytest.param(
            a_line(question=" \t\u3000"),
            "faq.jsonl:1: question: found only white space, expected a text; write a text "
            "or remove the row",
            id="D23 white space",
        ),
        pytest.param(
            a_line(positive="same", negative="same"),
            "faq.jsonl:1: negative: found the same text as in 'positive', expected a text "
            "that does not answer the question; write another or remove the row",
            id="positive equal to negative",
        ),
    ],
)
def test_a_bad_line_is_refused_with_what_was_found_and_what_was_expected(
    line: bytes, fault: str
) -> None:
    with pytest.raises(FaultError) as caught:
        parse_row(line)
    assert str(replace(caught.value.fault, file="faq.jsonl", line=1)) == fault


def test_extra_columns_are_named_and_ignored() -> None:
    row, extra = parse_row(a_line(score=0.5, source="x"))
    assert row == a_triplet()
    assert extra == ("score", "source")


def test_the_fast_path_reads_plain_rows_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "explained_row", None)
    assert parse_row(a_line(question='a "quoted" word'))[0].question == 'a "quoted" word'


def test_the_slow_path_reads_the_same_row_as_the_fast_one() -> None:
    texts, extra = explained_row(a_line())
    assert (texts, extra) == (a_row(), ())
