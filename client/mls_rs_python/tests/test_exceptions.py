"""The tree of exceptions."""

import pytest

import mls_rs_python
from mls_rs_python import MlsError, exceptions

NAMES = [name for name, value in vars(exceptions).items() if isinstance(value, type) and value is not MlsError]


def test_all_are_exported_and_listed() -> None:
    assert len(NAMES) == 23
    for name in NAMES:
        assert getattr(mls_rs_python, name) is getattr(exceptions, name)
        assert name in mls_rs_python.__all__
        assert exceptions.__doc__ is not None
        assert name in exceptions.__doc__


@pytest.mark.parametrize("name", NAMES)
def test_all_are_mls_errors_with_detail(name: str) -> None:
    error = getattr(exceptions, name)("why")
    assert isinstance(error, MlsError)
    assert (error.detail, str(error)) == ("why", "why")
