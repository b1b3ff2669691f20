"""The contract is put into the package before any test here imports it."""

from __future__ import annotations

from sdk.hatch_build import TARGET, write_contract
from tests.helpers import ROOT

write_contract(ROOT, TARGET)
