"""People: accounts whose passwords are known, and what they are told when they are refused."""

from __future__ import annotations

import pytest

from tests.ledger.builders import YUCI
from tracker.ledger.accounts import Account, add_account
from tracker.ledger.handle import Ledger
from tracker.ledger.signing_in import Outcome, SignInRefusedError, change_password, sign_in
from tracker.model.roles import Role

GOOD, BETTER, WRONG = "Fenhe-2024x", "Qinhe-2025y", "Sanggan-1y"
ADDRESS = "10.1.2.3"


def settled(ledger: Ledger, name: str = "zhang", role: Role = Role.REPORTER, scope: str | None = YUCI) -> Account:
    """Make an account that has changed its one-time password to GOOD."""
    account, once = add_account(ledger, name, role, scope)
    return change_password(ledger, account, once, GOOD)


def refused(ledger: Ledger, name: str, password: str) -> tuple[Outcome, str]:
    with pytest.raises(SignInRefusedError) as caught:
        sign_in(ledger, name, password)
    return caught.value.outcome, str(caught.value)
