"""Points in time: read from whatever somebody wrote, written in UTC."""

from datetime import UTC, datetime

import pytest

from sbert_operator import times

TEN = datetime(2026, 1, 1, 10, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("2026-01-01T10:00:00Z", TEN, id="as the API writes it"),
        pytest.param("2026-01-01T12:00:00+02:00", TEN, id="another zone"),
        pytest.param("2026-01-01T10:00:00", TEN, id="no zone: UTC"),
        pytest.param("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC), id="the first one"),
        pytest.param("1970-01-01T00:00:00+00:01", None, id="before the first one"),
        pytest.param("0001-01-01T00:00:00+23:59", None, id="before all years"),
        pytest.param("9999-12-31T23:59:59-23:59", None, id="after all years"),
        pytest.param("soon", None, id="no time"),
        pytest.param(7, None, id="no text"),
        pytest.param(None, None, id="nothing"),
    ],
)
def test_a_moment_is_read_in_utc_or_not_at_all(text: object, moment: datetime | None) -> None:
    found = times.parse(text)
    assert found == moment
    assert found is None or (found.tzinfo is UTC and times.parse(times.as_text(found)) == found)
