-- name: standing
SELECT
    c.commitment_id, c.subject, c.about, c.kind, c.made_to, c.entry_point, c.supports, c.made_id,
    c.made_at, c.earliest_at, c.made_position, c.requested_at, c.due_chosen_by, c.consigned,
    c.feasibility_checked, c.labels,
    h.state, h.owner, h.first_due_at, h.agreed_due_at, h.latest_due_at,
    h.customer_due_at, h.honoured_at, h.in_time, h.released_at, h.abandoned_at, h.reschedulings, h.chases, h.first_chased_at,
    h.paused, h.last_sign_at,
    CASE
        WHEN h.state = 'open' AND h.agreed_due_at IS NULL THEN 'undated'
        WHEN h.state = 'open' AND h.agreed_due_at >= $as_of THEN 'pending'
        WHEN h.state = 'open' THEN 'overdue'
        WHEN h.state = 'honoured' AND coalesce(h.in_time, h.honoured_at <= h.agreed_due_at, TRUE)
            THEN 'kept'
        WHEN h.state = 'honoured' THEN 'late'
        WHEN h.state = 'abandoned' THEN 'broken'
        ELSE h.state
    END AS status
FROM commitment_history AS h
JOIN commitment AS c ON c.made_id = h.opened_by
WHERE h.step_at <= $as_of AND (h.until IS NULL OR h.until > $as_of);
