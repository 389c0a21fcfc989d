"""Declared, applied and observed held against each other: whose doing a difference is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from helpers.comparing import (
    CredentialAdded,
    CredentialRemoved,
    NotCompared,
    PermissionRemoved,
    Surface,
    ValueAdded,
    ValueChanged,
)
from helpers.drifting.applied import Applied
from helpers.drifting.three_ways import three_ways
from helpers.model import Credential, CredentialKind, Existence, Holder, NotSeen, Seen
from tests.declaring import declare

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.model import Integration

FOREIGN = Credential(CredentialKind.SECRET, Holder.APPLICATION, "secret-1", NotSeen("never shown"))
SOMEBODY = "00000000-aaaa-bbbb-cccc-dddddddddddd"


@pytest.fixture
def declared(tmp_path: Path) -> Integration:
    return declare(tmp_path).integration


def with_owner(integration: Integration, owner: str) -> Integration:
    owners = integration.application.owners
    assert isinstance(owners, Seen)
    application = replace(integration.application, owners=Seen(owners.items | {owner}))
    return replace(integration, application=application)


def with_secret(integration: Integration) -> Integration:
    assert isinstance(integration.credentials, Seen)
    return replace(integration, credentials=Seen(integration.credentials.items | {FOREIGN}))


def without_certificates(integration: Integration) -> Integration:
    return replace(integration, credentials=Seen(frozenset()))


def unread(integration: Integration) -> Integration:
    assert isinstance(integration.credentials, Seen)
    hidden = (replace(each, fingerprint=NotSeen("not read")) for each in integration.credentials.items)
    return replace(integration, credentials=Seen(frozenset(hidden)))


def test_what_somebody_changed_is_drift(declared: Integration) -> None:
    told = three_ways(declared, Applied(declared), [with_secret(declared)])
    assert told.drift == (CredentialAdded(Surface.CREDENTIALS, FOREIGN),)
    assert told.pending == told.arrived == ()


def test_what_the_declaration_is_ahead_by_is_pending_and_no_drift(declared: Integration) -> None:
    told = three_ways(with_owner(declared, SOMEBODY), Applied(declared), [declared])
    assert told.pending == (ValueAdded(Surface.APPLICATION_OWNERS, SOMEBODY),)
    assert told.drift == told.arrived == ()


def test_what_a_deploy_brought_since_the_outputs_were_written_is_no_drift(declared: Integration) -> None:
    ahead = with_owner(declared, SOMEBODY)
    told = three_ways(ahead, Applied(declared), [ahead])
    assert told.arrived == (ValueAdded(Surface.APPLICATION_OWNERS, SOMEBODY),)
    assert told.drift == told.pending == ()


def test_a_certificate_arrives_though_its_bytes_were_not_read(declared: Integration) -> None:
    """By key id and dates it is the declared one; whether its bytes are, only a deep look says."""
    told = three_ways(declared, Applied(without_certificates(declared)), [unread(declared)])
    assert [type(each) for each in told.arrived] == [CredentialAdded]
    assert told.drift == told.pending == ()


def test_other_bytes_under_a_declared_key_id_do_not_pass_for_it(declared: Integration) -> None:
    assert isinstance(declared.credentials, Seen)
    forged = replace(
        declared,
        credentials=Seen(frozenset(replace(each, fingerprint=Seen("00" * 32)) for each in declared.credentials.items)),
    )
    told = three_ways(declared, Applied(without_certificates(declared)), [forged])
    assert [type(each) for each in told.drift] == [CredentialAdded]


def test_a_difference_counts_only_if_two_readings_agree(declared: Integration) -> None:
    """Graph shows old copies for a while: an owner that was there and is not any more is nothing to report."""
    told = three_ways(declared, Applied(declared), [with_owner(declared, SOMEBODY), with_secret(declared)])
    assert told.drift == ()
    told = three_ways(declared, Applied(declared), [with_secret(declared), with_secret(declared)])
    assert len(told.drift) == 1


def test_who_changes_something_between_two_looks_does_not_pass_for_clean(declared: Integration) -> None:
    """A secret that is exchanged for another every few seconds is never there twice."""
    another = replace(FOREIGN, key_id="secret-2")
    assert isinstance(declared.credentials, Seen)
    exchanged = replace(declared, credentials=Seen(declared.credentials.items | {another}))
    told = three_ways(declared, Applied(declared), [with_secret(declared), exchanged])
    assert told.drift == ()
    assert [each.surface for each in told.not_compared] == [Surface.CREDENTIALS]


def test_what_could_not_be_seen_at_first_is_told_once_it_is(declared: Integration) -> None:
    blind = replace(with_owner(declared, SOMEBODY), credentials=NotSeen("503"))
    told = three_ways(declared, Applied(declared), [blind, with_secret(declared)])
    assert told.drift == (CredentialAdded(Surface.CREDENTIALS, FOREIGN),)
    assert told.not_compared == ()


def test_what_a_deploy_brings_between_two_looks_leaves_nothing_unchecked(declared: Integration) -> None:
    ahead = with_owner(declared, SOMEBODY)
    told = three_ways(ahead, Applied(declared), [with_secret(declared), ahead])
    assert told.drift == told.not_compared == ()


def test_a_certificate_whose_bytes_were_seen_once_of_two_times_is_told(declared: Integration) -> None:
    """Two readings agree on what is there by its key id: that Graph hid the bytes the second time hides nothing."""
    bare = without_certificates(declared)
    told = three_ways(bare, Applied(bare), [declared, unread(declared)])
    assert [type(each) for each in told.drift] == [CredentialAdded]


def test_of_a_certificate_that_arrived_unseen_bytes_are_told(declared: Integration) -> None:
    told = three_ways(declared, Applied(without_certificates(declared)), [unread(declared)])
    assert [each.surface for each in told.not_compared] == [Surface.CERTIFICATE_BYTES]
    told = three_ways(declared, Applied(without_certificates(declared)), [declared])
    assert told.not_compared == ()


def test_consent_that_nobody_gave_is_drift_even_where_a_person_gives_it(declared: Integration) -> None:
    by_hand = Applied(replace(declared, granted=NotSeen("an administrator consents by hand")))
    told = three_ways(declared, by_hand, [replace(declared, granted=Seen(frozenset()))])
    assert {type(each) for each in told.drift} == {PermissionRemoved}
    assert {each.surface for each in told.drift} == {Surface.GRANTED}


def test_without_outputs_everything_that_differs_is_told(declared: Integration) -> None:
    told = three_ways(declared, None, [without_certificates(declared)])
    assert {type(each) for each in told.drift} == {CredentialRemoved}
    assert told.pending == ()


def test_what_nobody_could_see_is_neither_clean_nor_drift(declared: Integration) -> None:
    told = three_ways(declared, Applied(declared), [replace(declared, requested=NotSeen("403"))])
    assert told.not_compared == (NotCompared(Surface.REQUESTED, "403"),)
    assert told.drift == ()


def test_of_a_deleted_application_that_alone_is_told(declared: Integration) -> None:
    gone = replace(declared, application=replace(declared.application, existence=Seen(Existence.DELETED)))
    told = three_ways(declared, Applied(declared), [without_certificates(gone)])
    assert told.drift == (ValueChanged(Surface.APPLICATION, "present", "deleted"),)
