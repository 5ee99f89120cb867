"""URLs of the back office."""

from backoffice.access import BACKOFFICE
from backoffice.views import (
    account,
    appearance,
    approvals,
    audit,
    feedback,
    findings,
    imports,
    keys,
    legal,
    liability,
    messaging,
    operations,
    session,
    stores,
    team,
)
from backoffice.views.customers import (
    adjusting,
    editing,
    giving,
    inviting,
    joining,
    keeping,
    listing,
    person,
    privacy,
    returning,
    stamps,
    tags,
    vouchers,
    welcoming,
)
from backoffice.views.programme import offers, overview, stamp_cards, steps
from backoffice.views.referrals import friends, reporting
from backoffice.views.referrals import offers as referral_offers
from backoffice.views.referrals import overview as referrals
from backoffice.views.reports import (
    entries,
    foretold,
    goals,
    groups,
    programme,
    retention,
    reviews,
    satisfaction,
)
from backoffice.views.reports import referrals as report_referrals
from backoffice.views.rewards import catalogue, page, preparing, reconciling
from backoffice.views.start import comparing
from backoffice.views.start import page as start

app_name = "backoffice"
urlpatterns = [
    BACKOFFICE.route("", start.start, name="home", GET="backoffice.enter"),
    BACKOFFICE.route("start/export/", start.export, name="start_export", GET="reports.read"),
    BACKOFFICE.route("start/course/export/", start.export_course, name="start_course_export", GET="reports.read"),
    BACKOFFICE.route("start/cards/export/", comparing.export, name="comparison_export", GET="reports.read"),
    BACKOFFICE.route("enter/", session.enter, name="enter", GET="public"),
    BACKOFFICE.route("sign-out/", session.sign_out, name="sign_out", POST="backoffice.enter"),
    BACKOFFICE.route("signed-out/", session.signed_out, name="signed_out", GET="public"),
    BACKOFFICE.route("customers/", listing.customers, name="customers", GET="customers.read", POST="customers.read"),
    BACKOFFICE.route("customers/export/", listing.export, name="customers_export", POST="customers.export"),
    BACKOFFICE.route("customers/tags/", tags.tags, name="tags", GET="customers.write"),
    BACKOFFICE.route(
        "customers/tags/<int:tag_id>/", tags.tag, name="tag", GET="customers.write", POST="customers.write"
    ),
    BACKOFFICE.route("customers/tags/<int:tag_id>/delete/", tags.delete, name="delete_tag", POST="customers.write"),
    BACKOFFICE.route(
        "customers/new/",
        editing.enrol_customer,
        name="enrol_customer",
        GET="customers.write",
        POST="customers.write",
    ),
    BACKOFFICE.route(
        "customers/new/invitation/", editing.check_invitation, name="check_invitation", POST="customers.write"
    ),
    BACKOFFICE.route("customers/<uuid:public_id>/", person.customer, name="customer", GET="customers.read"),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/purchases/", person.purchases, name="customer_purchases", GET="customers.read"
    ),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/history/", person.history, name="customer_history", GET="customers.read"
    ),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/messages/", messaging.said_to, name="customer_messages", GET="messages.read"
    ),
    BACKOFFICE.route("customers/<uuid:public_id>/stamps/", stamps.stamps, name="customer_stamps", GET="customers.read"),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/stamps/<slug:card_code>/<int:seq>/void/",
        stamps.void,
        name="void_stamps",
        POST="purchases.void",
    ),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/vouchers/", vouchers.vouchers, name="customer_vouchers", GET="customers.read"
    ),
    BACKOFFICE.route("vouchers/<uuid:public_id>/cancel/", vouchers.cancel, name="cancel_voucher", POST="points.adjust"),
    BACKOFFICE.route("rewards/", catalogue.page, name="rewards", GET="rewards.read"),
    BACKOFFICE.route("rewards/export/", catalogue.export, name="rewards_export", GET="rewards.read"),
    BACKOFFICE.route("rewards/start/", catalogue.start, name="start_rewards", POST="rewards.write"),
    BACKOFFICE.route("rewards/card-limit/", catalogue.limit, name="card_limit", POST="rewards.limit"),
    BACKOFFICE.route("rewards/handed-out/", reconciling.page, name="handed_out", GET="rewards.read"),
    BACKOFFICE.route("rewards/handed-out/export/", reconciling.export, name="handed_out_export", GET="rewards.read"),
    BACKOFFICE.route("rewards/new/", preparing.add, name="add_reward", GET="rewards.write", POST="rewards.write"),
    BACKOFFICE.route("rewards/try/", preparing.try_out, name="try_reward", POST="rewards.write"),
    BACKOFFICE.route("rewards/<uuid:public_id>/", page.reward, name="reward", GET="rewards.read"),
    BACKOFFICE.route(
        "rewards/guests/<uuid:public_id>/check-in/", page.check_in_guest, name="check_in_guest", POST="rewards.write"
    ),
    BACKOFFICE.route(
        "rewards/guests/<uuid:public_id>/check-in/undo/", page.undo_check_in, name="undo_check_in", POST="rewards.write"
    ),
    BACKOFFICE.route("rewards/<uuid:public_id>/guests/", page.guest_list, name="guests_export", GET="customers.export"),
    BACKOFFICE.route(
        "rewards/<uuid:public_id>/change/",
        preparing.change,
        name="change_reward",
        GET="rewards.write",
        POST="rewards.write",
    ),
    BACKOFFICE.route(
        "rewards/<uuid:public_id>/publish/", preparing.publish, name="publish_reward", POST="rewards.write"
    ),
    BACKOFFICE.route("rewards/<uuid:public_id>/end/", preparing.end, name="end_reward", POST="rewards.write"),
    BACKOFFICE.route("rewards/<uuid:public_id>/move/", catalogue.move, name="move_reward", POST="rewards.write"),
    BACKOFFICE.route("referrals/", referrals.page, name="referrals", GET="referrals.read"),
    BACKOFFICE.route("referrals/report/", reporting.page, name="referral_report", GET="referrals.read"),
    BACKOFFICE.route("referrals/report/export/", reporting.export, name="referrals_export", GET="referrals.read"),
    BACKOFFICE.route("referrals/friends/", friends.page, name="friends", GET="referrals.read"),
    BACKOFFICE.route(
        "referrals/friends/<uuid:public_id>/approve/",
        friends.approve,
        name="approve_referral",
        POST="referrals.write",
    ),
    BACKOFFICE.route(
        "referrals/friends/<uuid:public_id>/refuse/", friends.refuse, name="refuse_referral", POST="referrals.write"
    ),
    BACKOFFICE.route(
        "referrals/offers/new/",
        referral_offers.add,
        name="add_referral_offer",
        GET="referrals.write",
        POST="referrals.write",
    ),
    BACKOFFICE.route(
        "referrals/offers/try/", referral_offers.try_out, name="try_referral_offer", POST="referrals.write"
    ),
    BACKOFFICE.route(
        "referrals/offers/<uuid:public_id>/", referral_offers.offer, name="referral_offer", GET="referrals.read"
    ),
    BACKOFFICE.route(
        "referrals/campaigns/<uuid:public_id>/cards.pdf",
        referral_offers.cards,
        name="referral_cards",
        GET="referrals.read",
    ),
    BACKOFFICE.route(
        "referrals/offers/<uuid:public_id>/change/",
        referral_offers.change,
        name="change_referral_offer",
        GET="referrals.write",
        POST="referrals.write",
    ),
    BACKOFFICE.route(
        "referrals/offers/<uuid:public_id>/publish/",
        referral_offers.publish,
        name="publish_referral_offer",
        POST="referrals.write",
    ),
    BACKOFFICE.route(
        "referrals/offers/<uuid:public_id>/end/",
        referral_offers.end,
        name="end_referral_offer",
        POST="referrals.write",
    ),
    BACKOFFICE.route(
        "referrals/offers/<uuid:public_id>/discard/",
        referral_offers.discard,
        name="discard_referral_offer",
        POST="referrals.write",
    ),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/referrals/", inviting.referrals, name="customer_referrals", GET="referrals.read"
    ),
    BACKOFFICE.route("customers/<uuid:public_id>/welcome/", welcoming.welcome, name="welcome", GET="customers.write"),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/welcome/state/",
        welcoming.welcome_progress,
        name="welcome_state",
        GET="customers.write",
    ),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/consents/<slug:channel>/withdraw/",
        privacy.withdraw_consent,
        name="withdraw_consent",
        POST="customers.write",
    ),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/scoring/", privacy.decide_scoring, name="decide_scoring", POST="customers.write"
    ),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/copy/<slug:ending>/",
        privacy.hand_out,
        name="hand_out_copy",
        POST="customers.export",
    ),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/edit/",
        editing.edit_customer,
        name="edit_customer",
        GET="customers.write",
        POST="customers.write",
    ),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/adjust/", adjusting.adjust, name="adjust", GET="points.adjust", POST="points.adjust"
    ),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/claim/", returning.claim, name="claim", GET="points.adjust", POST="points.adjust"
    ),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/tier/", giving.give, name="give_tier", GET="tiers.give", POST="tiers.give"
    ),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/review/", giving.thank_for_review, name="thank_for_review", POST="points.adjust"
    ),
    BACKOFFICE.route("customers/<uuid:public_id>/tier/end/", giving.end, name="end_given_tier", POST="tiers.give"),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/block/",
        keeping.block_customer,
        name="block_customer",
        GET="customers.write",
        POST="customers.write",
    ),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/unblock/", keeping.unblock_customer, name="unblock_customer", POST="customers.write"
    ),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/erase/",
        editing.erase_customer,
        name="erase_customer",
        GET="customers.erase",
        POST="customers.erase",
    ),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/merge/",
        joining.pick,
        name="merge_pick",
        GET="customers.merge",
        POST="customers.merge",
    ),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/merge/<uuid:other_id>/",
        joining.join,
        name="merge",
        GET="customers.merge",
        POST="customers.merge",
    ),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/notes/", keeping.write_note, name="write_note", POST="customers.write"
    ),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/notes/<int:note_id>/delete/",
        keeping.drop_note,
        name="drop_note",
        POST="customers.write",
    ),
    BACKOFFICE.route("customers/<uuid:public_id>/tags/", keeping.set_tag, name="set_tag", POST="customers.write"),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/tags/<int:tag_id>/remove/",
        keeping.drop_tag,
        name="drop_tag",
        POST="customers.write",
    ),
    BACKOFFICE.route("customers/<uuid:public_id>/cards/", keeping.new_card, name="new_card", POST="customers.write"),
    BACKOFFICE.route(
        "customers/<uuid:public_id>/cards/<int:card_id>/revoke/",
        keeping.lose_card,
        name="lose_card",
        POST="customers.write",
    ),
    BACKOFFICE.route("purchases/<uuid:public_id>/void/", person.void, name="void", POST="purchases.void"),
    BACKOFFICE.route(
        "purchases/<uuid:public_id>/return/",
        returning.return_goods_view,
        name="return_goods",
        GET="purchases.void",
        POST="purchases.void",
    ),
    BACKOFFICE.route("approvals/", approvals.approvals, name="approvals", GET="points.approve"),
    BACKOFFICE.route("approvals/limit/", approvals.set_limit, name="set_adjustment_limit", POST="points.limit"),
    BACKOFFICE.route(
        "approvals/<int:held_id>/approve/", approvals.approve, name="approve_adjustment", POST="points.approve"
    ),
    BACKOFFICE.route(
        "approvals/<int:held_id>/refuse/", approvals.refuse, name="refuse_adjustment", POST="points.approve"
    ),
    BACKOFFICE.route("reports/programme/", programme.page, name="report_programme", GET="reports.read"),
    BACKOFFICE.route("reports/programme/export/", programme.export, name="programme_export", GET="reports.read"),
    BACKOFFICE.route("reports/programme/months/", programme.export_months, name="months_export", GET="reports.read"),
    BACKOFFICE.route("reports/referrals/", report_referrals.page, name="report_referrals", GET="reports.read"),
    BACKOFFICE.route("reports/satisfaction/", satisfaction.page, name="report_satisfaction", GET="reports.read"),
    BACKOFFICE.route(
        "reports/satisfaction/export/", satisfaction.export, name="satisfaction_export", GET="reports.read"
    ),
    BACKOFFICE.route("reports/entries/", entries.page, name="report_entries", GET="program.write"),
    BACKOFFICE.route("reports/entries/cost/", entries.cost, name="state_cost", POST="program.write"),
    BACKOFFICE.route("reports/entries/active/", entries.active, name="set_window", POST="program.write"),
    BACKOFFICE.route("reports/", retention.page, name="reports", GET="reports.read"),
    BACKOFFICE.route("reports/export/", retention.export, name="reports_export", GET="reports.read"),
    BACKOFFICE.route("reports/course/export/", retention.export_course, name="course_export", GET="reports.read"),
    BACKOFFICE.route("reports/groups/export/", groups.export, name="groups_export", GET="reports.read"),
    BACKOFFICE.route("reports/cohorts/export/", retention.export_cohorts, name="cohorts_export", GET="reports.read"),
    BACKOFFICE.route("reports/estimates/export/", foretold.export, name="estimates_export", GET="reports.read"),
    BACKOFFICE.route("reports/months/", reviews.listing, name="reviews", GET="reports.read"),
    BACKOFFICE.route("reports/months/rhythm/", reviews.set_up, name="set_review_rhythm", POST="reports.write"),
    BACKOFFICE.route("reports/months/mail/", reviews.choose, name="choose_review", POST="reports.read"),
    BACKOFFICE.route("reports/months/<slug:span>/", reviews.page, name="review", GET="reports.read"),
    BACKOFFICE.route("reports/months/<slug:span>/share/", reviews.share, name="share_review", POST="reports.write"),
    BACKOFFICE.route("shared/<uuid:public_id>/", reviews.shared, name="shared_review", GET="backoffice.enter"),
    BACKOFFICE.route("shared/<uuid:public_id>/end/", reviews.unshare, name="unshare_review", POST="reports.write"),
    BACKOFFICE.route("reports/goals/", goals.listing, name="goals", GET="reports.read"),
    BACKOFFICE.route(
        "reports/goals/<slug:metric>/", goals.edit, name="set_goal", GET="reports.write", POST="reports.write"
    ),
    BACKOFFICE.route("reports/goals/<int:goal_id>/drop/", goals.drop, name="drop_goal", POST="reports.write"),
    BACKOFFICE.route("liability/", liability.page, name="liability", GET="program.read"),
    BACKOFFICE.route("liability/export/", liability.export, name="liability_export", GET="program.read"),
    BACKOFFICE.route("liability/value/", liability.state_value, name="state_point_value", POST="program.write"),
    BACKOFFICE.route("messages/", messaging.overview, name="messages", GET="messages.read"),
    BACKOFFICE.route(
        "messages/<slug:message_kind>/switch/", messaging.switch, name="switch_message", POST="messages.write"
    ),
    BACKOFFICE.route(
        "messages/<slug:message_kind>/<slug:language>/",
        messaging.text,
        name="message_text",
        GET="messages.write",
        POST="messages.write",
    ),
    BACKOFFICE.route(
        "messages/<slug:message_kind>/<slug:language>/preview/",
        messaging.preview,
        name="preview_message",
        POST="messages.write",
    ),
    BACKOFFICE.route(
        "messages/<slug:message_kind>/<slug:language>/sample/",
        messaging.sample,
        name="send_sample",
        POST="messages.write",
    ),
    BACKOFFICE.route(
        "messages/<slug:message_kind>/<slug:language>/reset/",
        messaging.reset,
        name="reset_message",
        POST="messages.write",
    ),
    BACKOFFICE.route("feedback/", feedback.feedback, name="feedback", GET="feedback.read"),
    BACKOFFICE.route("feedback/survey/", feedback.set_up, name="set_survey", POST="feedback.write"),
    BACKOFFICE.route(
        "feedback/<int:response_id>/",
        feedback.response,
        name="feedback_response",
        GET="feedback.read",
        POST="feedback.write",
    ),
    BACKOFFICE.route(
        "feedback/<int:response_id>/settle/", feedback.settle, name="settle_feedback", POST="feedback.write"
    ),
    BACKOFFICE.route("findings/", findings.listing, name="findings", GET="findings.decide"),
    BACKOFFICE.route(
        "findings/<int:finding_id>/",
        findings.finding,
        name="finding",
        GET="findings.decide",
        POST="findings.decide",
    ),
    BACKOFFICE.route("operations/", operations.operations, name="operations", GET="operations.read"),
    BACKOFFICE.route("operations/jobs/", operations.job_runs, name="job_runs", GET="operations.read"),
    BACKOFFICE.route("operations/jobs/<str:job>/run/", operations.run_now, name="run_job", POST="operations.retry"),
    BACKOFFICE.route("operations/<int:delivery_id>/retry/", operations.retry, name="retry", POST="operations.retry"),
    BACKOFFICE.route("account/", account.account, name="account", GET="account.read"),
    BACKOFFICE.route("account/closing/", account.close, name="close_shop", GET="shop.close", POST="shop.close"),
    BACKOFFICE.route("account/reopening/", account.reopen, name="reopen_shop", POST="shop.close"),
    BACKOFFICE.route("account/domain/", account.set_domain, name="set_domain", POST="domain.write"),
    BACKOFFICE.route("account/domain/check/", account.check_domain, name="check_domain", GET="public"),
    BACKOFFICE.route("appearance/", appearance.appearance, name="appearance", GET="brand.write", POST="brand.write"),
    BACKOFFICE.route("appearance/logo/", appearance.logo, name="logo", POST="brand.write"),
    BACKOFFICE.route("appearance/preview/<str:color>.css", appearance.preview, name="brand_preview", GET="brand.write"),
    BACKOFFICE.route("legal/", legal.texts, name="legal", GET="legal.write", POST="legal.write"),
    BACKOFFICE.route("legal/samples/", legal.publish_all, name="legal_samples", POST="legal.write"),
    BACKOFFICE.route("legal/<str:kind>/", legal.text, name="legal_text", GET="legal.write", POST="legal.write"),
    BACKOFFICE.route("legal/<str:kind>/<int:number>/", legal.version, name="legal_version", GET="legal.write"),
    BACKOFFICE.route("stores/", stores.stores, name="stores", GET="stores.write"),
    BACKOFFICE.route("stores/new/", stores.add, name="add_store", POST="stores.write"),
    BACKOFFICE.route("stores/<int:store_id>/", stores.store, name="store", GET="stores.write", POST="stores.write"),
    BACKOFFICE.route("stores/<int:store_id>/hours/", stores.hours, name="set_opening_hours", POST="stores.write"),
    BACKOFFICE.route("stores/<int:store_id>/close/", stores.close, name="close_store", POST="stores.write"),
    BACKOFFICE.route("stores/devices/new/", stores.add_device, name="add_device", POST="stores.write"),
    BACKOFFICE.route(
        "stores/devices/<int:device_id>/", stores.device, name="device", GET="stores.write", POST="stores.write"
    ),
    BACKOFFICE.route(
        "stores/devices/<int:device_id>/code/", stores.renew_code, name="renew_device_code", POST="stores.write"
    ),
    BACKOFFICE.route(
        "stores/devices/<int:device_id>/disconnect/",
        stores.disconnect,
        name="disconnect_device",
        POST="stores.write",
    ),
    BACKOFFICE.route("team/", team.members, name="team", GET="team.write"),
    BACKOFFICE.route("team/invitations/", team.invite_member, name="invite_member", POST="team.write"),
    BACKOFFICE.route(
        "team/invitations/<int:invitation_id>/send/",
        team.resend_invitation,
        name="resend_invitation",
        POST="team.write",
    ),
    BACKOFFICE.route(
        "team/invitations/<int:invitation_id>/revoke/",
        team.revoke_invitation,
        name="revoke_invitation",
        POST="team.write",
    ),
    BACKOFFICE.route("team/<int:member_id>/", team.member, name="member", GET="team.write", POST="team.write"),
    BACKOFFICE.route("team/<int:member_id>/pin/", team.pin, name="member_pin", POST="team.write"),
    BACKOFFICE.route("team/<int:member_id>/remove/", team.remove, name="remove_member", POST="team.write"),
    BACKOFFICE.route("imports/", imports.listing, name="imports", GET="imports.read"),
    BACKOFFICE.route("imports/new/", imports.upload, name="upload", GET="imports.write", POST="imports.write"),
    BACKOFFICE.route("imports/<int:import_id>/", imports.page, name="import", GET="imports.read"),
    BACKOFFICE.route("imports/<int:import_id>/progress/", imports.progress, name="import_progress", GET="imports.read"),
    BACKOFFICE.route(
        "imports/<int:import_id>/columns/",
        imports.columns,
        name="import_columns",
        GET="imports.write",
        POST="imports.write",
    ),
    BACKOFFICE.route("imports/<int:import_id>/reading/", imports.reading, name="import_reading", POST="imports.write"),
    BACKOFFICE.route("imports/<int:import_id>/start/", imports.start, name="start_import", POST="imports.write"),
    BACKOFFICE.route("imports/<int:import_id>/stop/", imports.stop, name="stop_import", POST="imports.write"),
    BACKOFFICE.route("imports/<int:import_id>/discard/", imports.discard, name="discard_import", POST="imports.write"),
    BACKOFFICE.route(
        "imports/<int:import_id>/undo/", imports.undo, name="undo_import", GET="imports.write", POST="imports.write"
    ),
    BACKOFFICE.route("imports/<int:import_id>/refused/", imports.refused, name="refused_rows", GET="imports.read"),
    BACKOFFICE.route("keys/", keys.keys, name="keys", GET="keys.write"),
    BACKOFFICE.route("keys/new/", keys.issue, name="issue_key", POST="keys.write"),
    BACKOFFICE.route("keys/<int:key_id>/revoke/", keys.revoke, name="revoke_key", POST="keys.write"),
    BACKOFFICE.route("audit/", audit.log, name="audit", GET="audit.read"),
    BACKOFFICE.route("programme/", overview.programme, name="programme", GET="program.read"),
    BACKOFFICE.route("programme/discard/", overview.discard, name="discard_draft", POST="program.write"),
    BACKOFFICE.route(
        "programme/steps/<slug:place>/", steps.step, name="programme_step", GET="program.write", POST="program.write"
    ),
    BACKOFFICE.route("programme/steps/<slug:place>/save/", steps.save, name="save_step", POST="program.write"),
    BACKOFFICE.route("programme/offers/new/", offers.add, name="add_offer", GET="program.write", POST="program.write"),
    BACKOFFICE.route(
        "programme/offers/<slug:code>/", offers.change, name="offer", GET="program.write", POST="program.write"
    ),
    BACKOFFICE.route("programme/offers/<slug:code>/switch/", offers.switch, name="switch_offer", POST="program.write"),
    BACKOFFICE.route("programme/offers/<slug:code>/remove/", offers.remove, name="remove_offer", POST="program.write"),
    BACKOFFICE.route(
        "programme/stamp-cards/new/", stamp_cards.add, name="add_stamp_card", GET="program.write", POST="program.write"
    ),
    BACKOFFICE.route(
        "programme/stamp-cards/<int:number>/",
        stamp_cards.change,
        name="stamp_card",
        GET="program.write",
        POST="program.write",
    ),
    BACKOFFICE.route(
        "programme/stamp-cards/<int:number>/remove/", stamp_cards.remove, name="remove_stamp_card", POST="program.write"
    ),
]
