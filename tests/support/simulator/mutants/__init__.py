"""Planted bugs: each breaks one rule that the product lives by; the simulator must notice every one."""

from typing import Final

from mls_chat.records import GroupRecord, JoinRecord, OutboxRecord
from simulator.mutants import admissions, commits, devices, log, storage

MUTANTS: Final[dict[str, storage.Plant]] = {
    plant.__name__: plant
    for plant in (
        storage.skip_the_save,
        commits.merge_before_accepted,
        log.acknowledge_before_the_commit,
        log.no_dedupe_on_the_server,
        log.no_dedupe_on_the_device,
        log.no_epoch_check,
        log.cursor_past_an_unread_message,
        log.no_pull_over_a_gap,
        storage.old_state_after_a_restart,
        storage.effects_before_writes,
        storage.join_key_package_not_stored,
        log.encrypt_again_instead_of_repeating,
        admissions.claim_not_asked_for,
        admissions.joiner_not_checked,
        admissions.poll_answer_applied_twice,
        admissions.loser_of_a_race_gives_up,
        admissions.faster_member_not_noticed,
        log.echo_does_not_free_what_waits,
        admissions.request_taken_twice,
        commits.bad_commit_not_flagged,
        commits.void_not_undone,
        commits.no_checkpoints,
        commits.lost_state_not_healed,
        log.sends_before_the_log_is_read,
        log.histories_not_compared,
        commits.loser_of_a_change_gives_up,
    )
} | {
    "outbox_row_not_stored": storage.forgetting(OutboxRecord),
    "cursor_not_stored": storage.forgetting(GroupRecord),
    "join_not_stored": storage.forgetting(JoinRecord),
}

DEVICE_MUTANTS: Final[dict[str, storage.Plant]] = {
    plant.__name__: plant
    for plant in (
        devices.revoked_leaf_stays,
        devices.strangers_may_come,
        devices.log_chain_not_checked,
        devices.log_claims_not_compared,
        devices.declared_changes_believed,
        devices.sends_before_it_has_entered,
        devices.history_restored_twice,
        devices.gap_in_the_history_not_told,
        devices.secrets_stay,
        devices.unsent_texts_not_handed_back,
        devices.own_group_left_alone,
    )
}
"""Those that show only where somebody has several devices."""
