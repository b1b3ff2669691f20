"""Set-up for all tests: how hard hypothesis tries, and the servers that a test may ask for."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.dice", "tests.servers.fixtures"]

# No deadlines: the machine is shared, and slow is not wrong.
settings.register_profile(
    "dev", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
# The same examples every time: a failure there must be about the change, not about the dice.
settings.register_profile("ci", settings.get_profile("dev"), derandomize=True, print_blob=True)
# For an evening: HYPOTHESIS_PROFILE=deep ./pledger test -k properties
settings.register_profile("deep", settings.get_profile("dev"), max_examples=5000)

settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev")
)
