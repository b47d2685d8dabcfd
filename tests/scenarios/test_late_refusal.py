"""A refusal may be older than the ciphertext that is under way."""

from mls_chat.events import FrameReceived
from mls_chat.records import OutboxRecord
from mls_chat.wire.frames import Error, encode
from world import World, meet


def test_a_late_stale_epoch_does_not_make_a_message_be_encrypted_again() -> None:
    ada, bob, group_id = meet(World())
    ada.world.server.deaf = True
    ada.say(group_id, "patience")
    row = ada.records(OutboxRecord)[-1]
    late = Error(
        code="stale_epoch",
        message="stale epoch",
        group_id=group_id,
        message_id=row.message_id,
        client_seq=row.client_seq,
        epoch=row.epoch,
    )
    ada.do(FrameReceived(encode(late)))
    assert ada.records(OutboxRecord)[-1].mls_bytes == row.mls_bytes != b""
    ada.world.server.deaf = False
    ada.drop()
    ada.world.advance(60_000)
    assert bob.texts(group_id) == ["patience"]
    assert ada.states(group_id) == ["sent"]
