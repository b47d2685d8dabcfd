"""A member, and a stranger, who cheat: every honest device refuses alike, is as it was before, and goes on.

The one who cheats runs ts-mls with primitives that are wrong in one place, under a credential of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import pytest

from backends import CRYPTO, DAY, all_talk, circle, device_keys
from mls_chat.backend import Backend, DeviceKeys
from mls_rs_python import MlsError
from ts_mls import NOW, Peer, Program

ADA, BOB, CLEO = range(3)


@dataclass
class Company:
    """Three honest devices and Mallory, in one group; what each of them is, by its keys."""

    honest: list[Backend]
    mallory: Peer
    keys: list[DeviceKeys]
    group_id: bytes

    def advance(self, committer: Backend, remove: Sequence[int] = ()) -> None:
        """A commit that all honest ones apply."""
        with committer.take(self.group_id) as group:
            commit = group.commit(now=NOW, remove=remove).commit
            group.apply_pending_commit()
        for other in self.honest:
            if other is not committer:
                with other.take(self.group_id) as group:
                    group.process(commit, now=NOW)

    def outcomes(self, message: bytes, now: int = NOW) -> list[str | bytes]:
        """For each honest one the error, or the epoch authenticator. Who refuses is as before, byte for byte; who
        accepts goes back to its snapshot, as for a commit that is withdrawn."""
        return [self._outcome(member, message, now) for member in self.honest]

    def _outcome(self, member: Backend, message: bytes, now: int) -> str | bytes:
        member.pending_writes()
        before, snapshot = member.export_state(), member.snapshot_group(self.group_id)
        try:
            with member.take(self.group_id) as group:
                group.process(message, now=now)
                authenticator = group.epoch_authenticator
        except MlsError as error:
            assert (member.export_state(), member.pending_writes()) == (before, [])
            return type(error).__name__
        member.restore_group(self.group_id, snapshot)
        return authenticator

    def goes_on_without_mallory(self) -> None:
        all_talk(self.honest, self.group_id)
        with self.honest[ADA].take(self.group_id) as group:
            leaf = next(each.leaf_index for each in group.members() if each.credential == self.keys[-1].credential)
        self.advance(self.honest[CLEO], remove=[leaf])
        all_talk(self.honest, self.group_id)


def known(program: Program, keys: DeviceKeys) -> Peer:
    return program.start_as(keys.credential, keys.secret_key, keys.public_key)


def gather(program: Program) -> Company:
    keys = [device_keys(number) for number in range(1, 5)]
    honest, group_id = circle(*keys[:3])
    mallory = known(program, keys[-1])
    with honest[ADA].take(group_id) as group:
        output = group.commit(now=NOW, add=[mallory.key_package()])
        group.apply_pending_commit()
    for other in honest[1:]:
        with other.take(group_id) as group:
            group.process(output.commit, now=NOW)
    assert output.welcome is not None
    mallory.join(output.welcome)
    return Company(honest, mallory, keys, group_id)


@pytest.fixture
def company(program: Program) -> Company:
    return gather(program)


def test_an_honest_commit_of_the_same_member_is_taken(company: Company) -> None:
    """So that what follows is refused for what is wrong in it."""
    [authenticator] = set(company.outcomes(company.mallory.update()))
    assert isinstance(authenticator, bytes)
    company.goes_on_without_mallory()


def cheated(how: str) -> Callable[[Peer], bytes]:
    def commit(mallory: Peer) -> bytes:
        mallory.cheat(how)
        return mallory.update()

    return commit


COMMITS: Final[dict[str, tuple[str, Callable[[Peer], bytes]]]] = {
    "a leaf that is not signed": ("InvalidCommit", cheated("leaf signature")),
    "a commit that is not signed": ("InvalidCommit", cheated("commit signature")),
    "a wrong confirmation tag": ("InvalidCommit", cheated("confirmation tag")),
    "a commit in the open": ("InvalidCommit", lambda mallory: mallory.update_openly()),
    "a commit that ends the group": ("InvalidCommit", lambda mallory: mallory.restart()),
    "no path where one is needed": ("InvalidCommit", lambda mallory: mallory.extend(b"renamed")),
}


@pytest.mark.parametrize("what", COMMITS)
def test_all_refuse_a_commit(what: str, company: Company) -> None:
    error, commit = COMMITS[what]
    assert company.outcomes(commit(company.mallory)) == [error] * 3
    company.goes_on_without_mallory()


@pytest.mark.parametrize("how", ["path ciphertext", "path secret"])
@pytest.mark.parametrize(("number", "victims"), [(0, [CLEO]), (1, [ADA, BOB])])
def test_a_path_that_is_wrong_for_some(how: str, number: int, victims: list[int], company: Company) -> None:
    """Its secrets are sealed to Cleo, below the parent that she shares with Mallory, and to the parent of Ada and Bob.

    Who cannot use it refuses. The others have no way to know, and come to one and the same epoch, from which they go
    back when the commit is withdrawn.
    """
    company.mallory.cheat(how, number)
    outcomes = company.outcomes(company.mallory.update())
    assert [who for who, outcome in enumerate(outcomes) if outcome == "InvalidCommit"] == victims
    assert len({outcome for outcome in outcomes if isinstance(outcome, bytes)}) == 1
    company.goes_on_without_mallory()


def test_all_refuse_a_device_that_its_account_did_not_sign(company: Company) -> None:
    stranger = device_keys(7)
    forged = DeviceKeys(company.keys[BOB].credential, stranger.secret_key, stranger.public_key)
    package = Backend(CRYPTO, forged).generate_key_package(now=NOW, lifetime=DAY).data
    commit, _ = company.mallory.add(package)
    assert company.outcomes(commit) == ["IdentityRefused"] * 3
    company.goes_on_without_mallory()


def test_all_refuse_a_key_package_that_was_out_of_date_when_the_server_took_the_commit(company: Company) -> None:
    package = Backend(CRYPTO, device_keys(7)).generate_key_package(now=NOW, lifetime=DAY).data
    commit, _ = company.mallory.add(package)
    assert company.outcomes(commit, now=NOW + 2 * DAY) == ["InvalidCommit"] * 3
    assert len(set(company.outcomes(commit))) == 1
    company.goes_on_without_mallory()


def test_all_refuse_a_stranger_in_place_of_a_member(company: Company, program: Program) -> None:
    with company.honest[ADA].take(company.group_id) as group:
        info = group.group_info()
    stranger = known(program, device_keys(7))
    commit = stranger.usurp(info, company.keys[BOB].public_key)
    assert company.outcomes(commit) == ["InvalidCommit"] * 3
    company.goes_on_without_mallory()


def test_all_refuse_a_stranger_under_a_name_that_is_not_his(company: Company, program: Program) -> None:
    with company.honest[ADA].take(company.group_id) as group:
        info = group.group_info()
    stranger = device_keys(7)
    for credential in (company.keys[BOB].credential, b"nobody"):
        peer = program.start_as(credential, stranger.secret_key, stranger.public_key)
        assert company.outcomes(peer.external_join(info)) == ["IdentityRefused"] * 3
    company.goes_on_without_mallory()


def test_all_refuse_a_stranger_whose_group_info_is_old(company: Company, program: Program) -> None:
    with company.honest[ADA].take(company.group_id) as group:
        info = group.group_info()
    company.advance(company.honest[CLEO])
    commit = known(program, device_keys(7)).external_join(info)
    assert company.outcomes(commit) == ["StaleEpoch"] * 3
    company.goes_on_without_mallory()
