from tests.workshop.api.conftest import fresh_allowances, owner, signed_in  # noqa: F401
