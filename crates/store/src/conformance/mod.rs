//! What every store must do, whatever database it is made of.
//!
//! [`conformance_suite!`](crate::conformance_suite) makes one test of each case. A case gets a store that nothing was
//! written to; time and ids are constructed, and nothing waits.

#![expect(missing_docs, reason = "the name of a case says what it holds a store to")]

pub mod audit_events;
pub mod batches;
pub mod borrowed;
pub mod conditions;
pub mod credits;
pub(crate) mod dice;
pub mod feed;
pub mod idempotency;
pub mod identities;
pub mod key_glance;
pub mod key_orders;
pub mod key_queries;
pub mod keys;
pub mod links;
pub mod members;
pub mod organizations;
pub mod pepper;
pub mod permissions;
pub mod portal;
pub mod replica;
pub mod requests;
pub mod revocation;
pub mod roles;
pub mod service_accounts;
pub mod sessions;
pub mod signing_keys;
pub mod usage;
pub mod users;
pub mod uses;
pub(crate) mod world;

/// One `#[tokio::test]` for each case.
///
/// `$make` is the name of an async function, beside which this stands, that returns an `Arc<dyn Store>` over an empty
/// database, and with it whatever must live as long as the store.
#[macro_export]
macro_rules! conformance_suite {
    ($make:ident) => {
        $crate::conformance_suite! { @topics $make
            audit_events {
                an_event_is_stored_as_it_was_given,
                every_condition_selects,
                events_are_paged_newest_first,
            }
            batches {
                a_refused_command_leaves_its_neighbours,
                all_is_all_or_nothing,
                revisions_are_contiguous_and_batches_are_found_again,
                a_batch_that_is_refused_as_a_whole_leaves_no_trace,
                an_empty_batch_does_nothing,
                a_batch_tells_the_revision_that_its_outcomes_rest_on,
                audit_and_answer_are_written_only_with_the_command,
                a_command_whose_audit_cannot_be_written_is_undone,
                concurrent_batches_take_revisions_one_after_another,
                each_of_several_is_carried_out_for_itself,
            }
            borrowed {
                what_comes_borrowed_is_what_comes_whole,
                a_sink_that_refuses_a_key_ends_the_load,
            }
            conditions {
                a_key_is_in_force_until_it_is_revoked_switched_off_or_expired,
                a_key_is_in_force_by_a_secret_that_still_works,
                a_key_is_in_force_while_its_owner_is,
                a_session_is_open_until_it_ends_or_the_membership_does,
                an_organization_is_set_up_once_and_for_all,
                a_service_account_is_as_it_was_seen,
                a_person_is_unchanged_until_they_are_written,
                what_an_earlier_command_of_the_batch_did_counts,
                every_condition_must_hold_and_counting_still_writes_nothing,
            }
            credits {
                what_is_reserved_does_not_remain,
                too_few_are_left_where_they_are,
                a_lot_is_given_back_once,
                nobody_claims_more_than_was_reserved,
                a_refill_fills_up_once_and_voids_lots,
                a_refill_takes_nothing_away,
                days_begin_in_the_organizations_time_zone,
                setting_voids_lots_and_adding_does_not,
                the_answer_to_adding_counts_what_the_asker_holds,
                a_refill_that_is_due_comes_before_a_change,
                credits_that_cannot_be_changed_stay,
                a_key_is_given_other_credits_or_none,
                that_few_are_left_is_told_once,
                lots_of_processes_that_are_gone_are_void,
                a_change_that_is_refused_with_others_leaves_credits_alone,
            }
            feed {
                pages_end_at_the_ends_of_revisions,
                a_revision_without_replicated_rows_is_reached,
                a_row_comes_once_and_as_it_is_now,
                every_kind_of_change_is_told,
                what_has_gone_is_named,
                what_was_pruned_must_be_loaded_anew,
                a_follower_ahead_of_the_store_must_load_anew,
                old_batches_and_answers_are_forgotten,
                sessions_and_links_that_ended_are_forgotten,
            }
            idempotency {
                a_request_is_carried_out_once,
                the_first_answer_is_given_whatever_is_asked_next,
                twins_in_one_batch_are_carried_out_once,
                a_refused_request_may_be_tried_again,
                a_record_counts_for_a_day,
                a_count_is_the_answer_of_a_command_that_counts,
                counting_alone_writes_nothing,
                who_is_not_in_force_any_more_is_told_no_earlier_answer,
            }
            key_orders {
                each_order_goes_both_ways_and_in_pages,
                a_page_ends_where_enough_was_looked_at,
                what_an_index_tells_apart_is_not_looked_at,
                ending_and_unused_keys_are_found_in_every_order,
                a_key_that_is_used_moves_and_is_listed_once,
                a_permission_is_found_in_each_of_its_spellings,
            }
            key_queries {
                keys_are_listed_newest_first_and_by_owner,
                a_status_is_the_first_that_applies_at_a_time,
                by_customer_exactly,
                text_is_found_anywhere_in_a_name_as_it_is,
                text_is_found_at_the_start_of_a_shown_prefix,
                pages_have_no_gap_and_no_duplicate,
                conditions_hold_together_across_pages,
                an_owners_keys_in_force_are_counted,
            }
            identities {
                an_identity_is_found_by_what_its_issuer_calls_it,
                an_identity_is_one_persons_and_one_of_its_issuers,
                an_identity_is_taken_off_by_its_person_and_signs_nobody_in_then,
            }
            key_glance {
                keys_in_force_are_counted_as_far_as_is_looked,
                keys_that_end_soon_come_soonest_first,
                no_more_keys_are_looked_at_for_those_that_end_soon,
            }
            keys {
                a_key_is_stored_as_it_was_given,
                an_imported_secret_needs_no_prefix,
                ids_numbers_and_secrets_are_unique,
                a_key_needs_an_owner_that_is_there,
                only_what_changes_of_a_key_changes,
                a_key_is_changed_only_as_it_was_seen_and_unless_revoked,
                a_rotation_keeps_the_present_secret_until_it_is_superseded,
                at_most_two_secrets_live_after_a_rotation,
                a_secret_never_lives_longer_than_was_said,
                a_secret_may_have_another_prefix,
                a_key_keeps_roles_that_are_deleted,
            }
            links {
                a_link_is_stored_as_it_was_given,
                a_link_is_used_once,
                a_link_that_is_raced_for_is_used_once,
                an_expired_or_unknown_link_leads_nowhere,
                a_link_whose_commands_are_refused_stays_unused,
                unused_links_are_voided_and_no_others,
                a_persons_password_links_are_voided_and_no_others,
            }
            members {
                a_member_is_stored_as_they_were_given,
                a_person_is_a_member_once,
                memberships_are_listed_wherever_they_are,
                members_are_listed_oldest_first,
                members_are_searched_and_counted_by_role,
                an_invitation_is_accepted_once,
                a_role_is_changed_only_as_it_was_seen,
                a_members_limits_are_changed_and_their_role_stays,
                the_last_owner_stays,
                of_two_owners_who_leave_in_one_batch_one_stays,
                of_owners_who_leave_at_once_one_stays,
                who_leaves_loses_their_keys_there,
            }
            organizations {
                an_organization_is_stored_as_it_was_given,
                ids_numbers_and_slugs_are_unique,
                only_what_changes_changes,
                a_change_is_refused_when_there_is_nothing_or_something_else,
                closing_revokes_disables_and_ends_everything_in_it,
                nothing_is_made_in_a_closed_organization,
                a_user_sees_the_organizations_that_they_accepted_by_number,
            }
            pepper {
                the_first_check_value_stays,
                a_store_that_holds_digests_takes_no_new_check_value,
            }
            permissions {
                permissions_keep_the_order_of_their_declaration,
                a_permission_that_is_changed_keeps_its_place_and_birth,
                a_permission_that_is_declared_anew_comes_last,
                a_permission_is_put_only_as_it_was_known,
                what_is_not_there_is_not_found,
            }
            portal {
                a_portal_session_is_stored_as_it_was_given,
                a_portal_session_needs_a_service_account_that_is_there,
                a_portal_session_begins_once_by_its_link,
                a_portal_session_is_open_while_all_it_rests_on_is,
                there_is_room_for_so_many_keys_that_work,
                a_customer_makes_so_many_keys_in_a_day,
                a_customer_is_let_go_with_their_sessions,
                portal_sessions_in_force_are_listed_newest_first,
                portal_sessions_that_are_long_over_are_forgotten,
                keys_and_counts_are_told_by_the_customer_who_made_them,
                a_portal_is_set_and_changed_with_its_organization,
            }
            replica {
                an_empty_store_loads_nothing,
                following_and_loading_come_to_the_same,
            }
            requests {
                an_entry_is_stored_as_it_was_given,
                entries_are_told_newest_first_by_organization_owner_and_key,
                a_batch_of_entries_is_written_once,
                what_is_old_or_too_much_is_forgotten_in_steps,
            }
            revocation {
                no_condition_matches_no_key,
                every_key_of_the_organization,
                by_owner,
                by_customer,
                by_age,
                by_id_each_once_and_only_in_the_organization,
                all_conditions_must_hold,
                an_owner_is_told_apart_by_kind,
                what_is_revoked_in_a_refused_command_is_not,
                step_by_step_in_the_order_of_ids,
            }
            roles {
                a_role_is_stored_as_it_was_given,
                names_are_unique_in_an_organization,
                a_role_is_changed_only_as_it_was_seen,
                a_deleted_role_is_gone,
                roles_are_listed_by_name,
            }
            service_accounts {
                a_service_account_is_stored_as_it_was_given,
                names_are_unique_among_those_not_deleted,
                a_service_account_is_changed_only_as_it_was_seen,
                it_is_switched_off_and_on_and_keeps_its_keys,
                a_deleted_one_is_gone_and_its_keys_are_revoked,
                they_are_listed_newest_first,
                they_are_searched,
            }
            sessions {
                a_session_is_stored_as_it_was_given,
                a_session_needs_its_user_and_a_token_of_its_own,
                sessions_end,
                sessions_are_told_newest_first_and_of_one_person,
                a_session_is_last_seen_when_it_was_seen_last,
            }
            signing_keys {
                a_signing_key_is_stored_as_it_was_given,
                each_takes_the_place_after_the_last,
                of_several_that_are_made_at_once_one_is_taken,
                those_before_a_place_are_forgotten,
            }
            usage {
                counts_are_added_to_those_that_are_there,
                a_batch_of_counts_is_added_once,
                counts_are_told_in_steps_and_by_group,
                every_condition_selects_counts,
                pages_of_counts_have_no_gap_and_no_duplicate,
                what_is_old_is_added_up_and_nothing_is_lost,
                counts_that_come_late_count,
                all_keys_together_have_what_each_has,
                how_much_is_added_up_is_known_beforehand,
                what_is_too_old_is_forgotten,
            }
            users {
                a_user_is_stored_as_they_were_given,
                addresses_are_unique_but_may_be_missing,
                only_what_changes_of_a_user_changes,
                of_two_changes_decided_upon_the_same_state_one_is_refused,
                a_new_name_shows_in_memberships,
                the_built_in_user_is_the_one_without_an_address,
            }
            uses {
                the_later_use_stays,
                a_use_takes_no_revision_and_leaves_the_key_as_it_is,
                a_use_of_an_unknown_key_disturbs_no_other,
            }
        }
    };
    (@topics $make:ident $($topic:ident { $($case:ident),* $(,)? })*) => {$(
        mod $topic {
            $(
                #[tokio::test]
                async fn $case() {
                    let (store, _held) = super::$make().await;
                    $crate::conformance::$topic::$case(store).await;
                }
            )*
        }
    )*};
}

#[cfg(test)]
mod tests {
    /// A case that is not in the list would never run.
    #[test]
    fn every_case_is_in_the_suite() {
        let list = include_str!("mod.rs");
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/src/conformance");
        let mut cases = 0;
        for entry in std::fs::read_dir(directory).unwrap() {
            let source = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            for case in source.lines().filter_map(|line| line.strip_prefix("pub async fn ")) {
                let name = case.split('(').next().unwrap();
                assert!(list.contains(&format!("                {name},\n")), "{name} is not in the suite");
                cases += 1;
            }
        }
        assert!(cases > 80, "only {cases} cases were found");
    }
}
