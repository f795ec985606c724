"""The three-way merge alone: no database, no Xero."""

from itertools import product

import pytest

from accounting_sync.documents.contact_fields import compare, flat, party_fields, split, spoken
from accounting_sync.documents.merge import Merged, merge

FIVE = ["Name", "EmailAddress", "TaxNumber", "MOBILE", "STREET"]
BEFORE, OURS, THEIRS = "before", "ours", "theirs"

#: (base, here, Xero) → what becomes of the field under each rule: ask, xero, workshop
TABLE = {
    ("", "", ""): "same same same",
    ("", "", "b"): "take take take",
    ("", "a", ""): "send send send",
    ("", "a", "a"): "same same same",
    ("", "a", "b"): "ask take send",
    ("x", "", ""): "same same same",
    ("x", "", "x"): "keep keep keep",  # a blank here never erases
    ("x", "x", ""): "ask ask ask",  # a blank there never erases unasked
    ("x", "x", "x"): "same same same",
    ("x", "x", "b"): "take take take",
    ("x", "a", "x"): "send send send",
    ("x", "a", ""): "ask ask send",
    ("x", "", "b"): "ask take keep",
    ("x", "a", "a"): "same same same",
    ("x", "a", "b"): "ask take send",
    ("x", "Jo@x", "jo@X"): "take take take",  # capitals alone are nobody's disagreement
}


def outcome(merged, name):
    found = [
        word
        for word, held in (("take", merged.here), ("send", merged.there), ("ask", merged.conflicts))
        if name in held
    ]
    assert len(found) <= 1
    return found[0] if found else "same"


@pytest.mark.parametrize(
    ("values", "expected"), TABLE.items(), ids=lambda v: "/".join(v) if isinstance(v, tuple) else ""
)
def test_one_field_under_each_rule(values, expected):
    base, ours, theirs = ({"EmailAddress": value} if value else {} for value in values)
    for rule, word in zip(["ask", "xero", "workshop"], expected.split(), strict=True):
        merged = merge(base, ours, theirs, rule)
        assert outcome(merged, "EmailAddress") == word.replace("keep", "same"), rule


EDITS = {  # who edited the field → (here, in Xero)
    "nobody": (BEFORE, BEFORE),
    "here": (OURS, BEFORE),
    "there": (BEFORE, THEIRS),
    "alike": (OURS, OURS),
    "both": (OURS, THEIRS),
}


@pytest.mark.parametrize("rule", ["ask", "xero", "workshop"])
def test_all_combinations_over_five_fields(rule):
    """Each field stands for itself: 3^5 combinations of here, there and both, and 5^5 with nobody and alike."""
    combinations = list(product(EDITS, repeat=5))
    assert sum(set(edits) <= {"here", "there", "both"} for edits in combinations) == 3**5
    for edits in combinations:
        _, ours, theirs, merged = merged_with(edits, rule)
        by = {who: {name for name, edit in zip(FIVE, edits, strict=True) if edit == who} for who in EDITS}
        both = by["both"]
        assert set(merged.here) == by["there"] | (both if rule == "xero" else set())
        assert set(merged.there) == by["here"] | (both if rule == "workshop" else set())
        assert set(merged.conflicts) == (both if rule == "ask" else set())
        assert {**ours, **merged.here} == {**theirs, **merged.there} or merged.conflicts


def merged_with(edits, rule):
    base = dict.fromkeys(FIVE, BEFORE)
    ours, theirs = ({name: EDITS[edit][side] for name, edit in zip(FIVE, edits, strict=True)} for side in (0, 1))
    return base, ours, theirs, merge(base, ours, theirs, rule)


@pytest.mark.parametrize("rule", ["ask", "xero", "workshop"])
def test_merging_again_changes_nothing(rule):
    for values in product(["", "x", "a", "b"], repeat=3):
        base, ours, theirs = ({"MOBILE": value} if value else {} for value in values)
        once = merge(base, ours, theirs, rule)
        again = merge(once.base, {**ours, **once.here}, theirs, rule)
        assert again == Merged({}, once.there, once.conflicts, once.base), values
        sent = merge(once.base, {**ours, **once.here}, {**theirs, **once.there}, rule)
        assert (sent.here, sent.there, sent.conflicts) == ({}, {}, once.conflicts), values


# A contact and a party


def a_contact(name="Jo Kea", first="Jo", last="Kea", **fields):
    return {"Name": name, "FirstName": first, "LastName": last, **fields}


JO = flat(a_contact())


def of_jo(there, body=None, rule="ask"):
    return compare(JO, body or a_contact(), there, rule, person=True, suffix="")


def test_a_person_renamed_in_xero_is_renamed_here_by_its_parts():
    merged = of_jo(a_contact("Joanna Kea"))

    assert merged.here == {"FirstName": "Joanna"}
    assert merged.base == {"Name": "Joanna Kea", "FirstName": "Jo", "LastName": "Kea"}  # so the first name goes up


def test_somebody_else_as_primary_person_is_xeros_affair():
    merged = of_jo(a_contact(first="Karen", last="Smith"))

    assert (merged.here, merged.there, merged.conflicts) == ({}, {}, ())


def test_a_person_renamed_here_and_married_in_xero_is_both():
    merged = of_jo(a_contact("Jo Kea-Smith", last="Kea-Smith"), body=a_contact("Joanna Kea", "Joanna"))

    assert (merged.here, merged.there) == ({"LastName": "Kea-Smith"}, {"FirstName": "Joanna"})


def test_a_number_behind_the_name_is_ours_and_no_change():
    base = {**JO, "Name": "Jo Kea (7)", "suffix": "7"}
    merged = compare(base, a_contact("Jo Kea (7)"), a_contact("Jo Kea (7)"), "ask", person=True, suffix="7")

    assert (merged.here, merged.there, merged.conflicts) == ({}, {}, ())


@pytest.mark.parametrize(
    ("name", "first", "last", "parts"),
    [
        ("Joanna Kea", "Jo", "Kea", ("Joanna", "Kea")),
        ("Jo Kea (fleet)", "Jo", "Kea", ("Jo", "Kea (fleet)")),
        ("Mary Ann Tui", "", "", ("Mary Ann", "Tui")),
        ("Cher", "Jo", "Kea", ("Cher", "")),
    ],
)
def test_a_name_is_cut_where_it_was_cut_before(name, first, last, parts):
    assert split(name, first, last) == parts


def test_xeros_phones_and_addresses_in_the_workshops_words():
    there = {
        "Phones": [
            {"PhoneType": "MOBILE", "PhoneCountryCode": "64", "PhoneAreaCode": "21", "PhoneNumber": "555 0101"},
            {"PhoneType": "FAX", "PhoneNumber": ""},
            {"PhoneType": "OFFICE", "PhoneNumber": "09 555 0000"},
        ],
        "Addresses": [{"AddressType": "STREET", "AddressLine1": "", "City": "Napier", "PostalCode": "4110"}],
    }
    fields = party_fields(spoken(there), "person")

    assert fields["phones"] == {"mobile": "+64 21 555 0101", "fax": ""}
    assert fields["addresses"]["street"]["line1"] == "Napier"
    assert flat(there)["MOBILE"] == "215550101"
    assert "OFFICE" not in flat(there)
