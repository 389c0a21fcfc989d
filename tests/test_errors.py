"""An error is a sentence that names the input, the cause and the remedy, on one line whatever the input."""

from __future__ import annotations

import pytest

from helpers.errors import (
    DeclarationErrors,
    InputError,
    IseIntuneError,
    Mistake,
    PrivateKeyFound,
    ServiceError,
    SetupError,
)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        pytest.param(InputError("a.pem", "is empty", "export it"), "a.pem: is empty; export it", id="input"),
        pytest.param(PrivateKeyFound("a.zip", "holds one", "export"), "a.zip: holds one; export", id="private key"),
        pytest.param(ServiceError("Graph", "said no", "ask again"), "Graph: said no; ask again", id="service"),
        pytest.param(SetupError("no Terraform"), "no Terraform", id="set-up"),
        pytest.param(
            DeclarationErrors([Mistake("a.yaml", 3, "ise.patch", "is missing", "add it")]),
            "a.yaml:3: ise.patch: is missing; add it",
            id="a mistake at a line",
        ),
        pytest.param(
            DeclarationErrors([Mistake("a.yaml", 0, "", "is empty", "write one")]),
            "a.yaml: is empty; write one",
            id="a mistake of a whole file",
        ),
    ],
)
def test_an_error_says_what_why_and_what_to_do(error: IseIntuneError, sentence: str) -> None:
    assert str(error) == sentence


def test_mistakes_stand_on_a_line_each() -> None:
    mistakes = [Mistake("a.yaml", line, "k", "is wrong", "mend it") for line in (1, 2)]
    assert str(DeclarationErrors(mistakes)).splitlines() == [str(mistake) for mistake in mistakes]


_FORGED = "x\nerror: forged\x1b[31m"


@pytest.mark.parametrize(
    "error",
    [
        InputError(_FORGED, _FORGED, _FORGED),
        ServiceError(_FORGED, _FORGED, _FORGED),
        DeclarationErrors([Mistake(_FORGED, 1, _FORGED, _FORGED, _FORGED)]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_input_forges_a_line_or_commands_the_terminal(error: IseIntuneError) -> None:
    assert str(error).isprintable()
