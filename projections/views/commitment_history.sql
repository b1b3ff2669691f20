-- Every fact in force that names a commitment, in walking order, with the state after it.
--
-- Its rules are in docs/reference/rules.md; domain/commitments.py is the same in Python, and a
-- property test holds the two together. The walk takes the first `made`, then what sorts before it,
-- then the rest: n = 1, 2, 3, ... What is counted (chases, signs) is counted over all facts at once.
-- What depends on what the facts before have made of the commitment (its state, dates, owner and
-- pause) only some types change. Their facts are its turns: the n-th round of the recursion advances
-- every commitment by its n-th turn. So the work is proportional to the facts, and the rounds to the
-- most turns, however much else was said. A long walk goes on where `walked` says that it stays as it
-- was; there the rounds are those of the turns behind it.
--
-- A question about an instant takes the one row with step_at <= as_of < until: facts that waited
-- for `made` are dated with it, so that any such prefix is the walk as it stood then.
CREATE TABLE commitment_history AS
WITH RECURSIVE
ordered AS MATERIALIZED (
    SELECT
        n.commitment_id, n.id, n.position, n.type, n.time, n.department,
        row_number() OVER (PARTITION BY n.commitment_id ORDER BY n.{order}) AS nth
    FROM named AS n
    JOIN touched_commitment AS t ON t.commitment_id = n.commitment_id
),
made AS (
    SELECT o.commitment_id, min(o.nth) AS nth
    FROM ordered AS o
    WHERE o.type = 'commitment.made'
    GROUP BY o.commitment_id
),
opening AS (
    SELECT
        m.commitment_id,
        m.nth,
        o.id AS made_id,
        o.time AS made_at,
        coalesce(c.owner, split_part(c.source, '/', 2)) AS owner,
        coalesce(c.due_at, p.due_at) AS due_at
    FROM made AS m
    JOIN ordered AS o ON o.commitment_id = m.commitment_id AND o.nth = m.nth
    JOIN commitment_made AS c ON c.position = o.position
    LEFT JOIN policy_date AS p ON p.fact_id = o.id
),
step AS (
    SELECT
        n.commitment_id,
        CASE WHEN n.nth = o.nth THEN 1 WHEN n.nth < o.nth THEN n.nth + 1 ELSE n.nth END AS n,
        n.nth,
        n.id AS fact_id,
        n.position,
        n.type,
        n.time,
        greatest(n.time, o.made_at) AS step_at,
        n.department,
        res.due_at,
        coalesce(res.initiated_by = 'customer' OR res.customer_agreed, FALSE) AS consent,
        coalesce(res.initiated_by = 'customer', FALSE) AS wished,
        han.to_department,
        sett.outcome,
        hon.in_time,
        CASE
            WHEN n.type IN ({always_signs}) THEN n.time
            WHEN n.type = 'touchpoint.occurred' AND tou.initiated_by <> 'customer' THEN n.time
            WHEN n.type = 'progress.shared' AND pro.shown_to_customer THEN n.time
        END AS sign_at,
        CASE WHEN n.type = 'customer.chased' THEN n.time END AS chased_at,
        n.id = o.made_id OR n.type IN (
            'commitment.honoured', 'commitment.released', 'commitment.abandoned',
            'commitment.disputed', 'commitment.dispute_settled', 'commitment.reopened',
            'commitment.rescheduled', 'commitment.handed_over', 'commitment.accepted',
            'commitment.paused', 'commitment.resumed'
        ) AS turns,
        o.made_id AS opened_by,
        o.owner AS first_owner,
        o.due_at AS made_due_at
    FROM ordered AS n
    JOIN opening AS o ON o.commitment_id = n.commitment_id
    LEFT JOIN commitment_rescheduled AS res ON res.position = n.position
    LEFT JOIN commitment_handed_over AS han ON han.position = n.position
    LEFT JOIN commitment_dispute_settled AS sett ON sett.position = n.position
    LEFT JOIN commitment_honoured AS hon ON hon.position = n.position
    LEFT JOIN touchpoint_occurred AS tou ON tou.position = n.position
    LEFT JOIN progress_shared AS pro ON pro.position = n.position
),
counted AS MATERIALIZED (
    SELECT
        s.*,
        count(CASE WHEN s.turns THEN 1 END) OVER so_far AS turn,
        CAST(count(s.chased_at) OVER so_far AS INTEGER) AS chases,
        min(s.chased_at) OVER so_far AS first_chased_at,
        max(s.sign_at) OVER so_far AS last_sign_at,
        lead(s.step_at) OVER so_far AS until
    FROM step AS s
    WINDOW so_far AS (PARTITION BY s.commitment_id ORDER BY s.n ROWS UNBOUNDED PRECEDING)
),
turning AS MATERIALIZED (
    SELECT s.commitment_id, s.turn, s.type, s.time, s.department, s.due_at, s.consent,
        s.wished, s.to_department, s.outcome, s.in_time, s.first_owner, s.made_due_at
    FROM counted AS s
    WHERE s.turns
),
told AS MATERIALIZED (
    -- The turns that stay as they were.
    SELECT
        s.commitment_id, s.turn, k.moved, k.state_before, k.state, k.honoured_at, k.in_time,
        k.released_at, k.abandoned_at, k.first_due_at, k.agreed_due_at, k.latest_due_at,
        k.customer_due_at, k.owner, k.proposed_owner, k.previous_owner, k.reschedulings, k.paused
    FROM walked AS k
    JOIN counted AS s ON s.commitment_id = k.commitment_id AND s.n = k.n
    WHERE s.turns
),
latest AS (
    SELECT o.commitment_id, max(o.turn) AS turn
    FROM told AS o
    GROUP BY o.commitment_id
),
begun AS (
    SELECT
        t.commitment_id, t.turn,
        TRUE AS moved,
        CAST(NULL AS VARCHAR) AS state_before,
        CAST('open' AS VARCHAR) AS state,
        CAST(NULL AS TIMESTAMPTZ) AS honoured_at,
        CAST(NULL AS BOOLEAN) AS in_time,
        CAST(NULL AS TIMESTAMPTZ) AS released_at,
        CAST(NULL AS TIMESTAMPTZ) AS abandoned_at,
        t.made_due_at AS first_due_at,
        t.made_due_at AS agreed_due_at,
        t.made_due_at AS latest_due_at,
        t.made_due_at AS customer_due_at,
        t.first_owner AS owner,
        CAST(NULL AS VARCHAR) AS proposed_owner,
        t.first_owner AS previous_owner,
        0 AS reschedulings,
        FALSE AS paused
    FROM turning AS t
    WHERE t.turn = 1
        AND NOT EXISTS (SELECT 1 FROM latest AS l WHERE l.commitment_id = t.commitment_id)
    UNION ALL
    SELECT o.*
    FROM told AS o
    JOIN latest AS l ON l.commitment_id = o.commitment_id AND l.turn = o.turn
),
walk AS (
    SELECT b.* FROM begun AS b

    UNION ALL

    SELECT
        d.commitment_id, d.turn,
        d.next_state <> d.state OR d.moves OR d.proposes OR d.accepts
        OR d.next_paused <> d.paused AS moved,
        d.state AS state_before,
        d.next_state AS state,
        CASE
            WHEN d.honours THEN d.time
            WHEN d.next_state IN ('honoured', 'disputed') THEN d.honoured_at
        END AS honoured_at,
        CASE
            WHEN d.honours THEN d.said_in_time
            WHEN d.next_state IN ('honoured', 'disputed') THEN d.in_time
        END AS in_time,
        CASE
            WHEN d.next_state = 'released' AND d.state <> 'released' THEN d.time
            WHEN d.next_state = 'released' THEN d.released_at
        END AS released_at,
        CASE
            WHEN d.next_state = 'abandoned' AND d.state <> 'abandoned' THEN d.time
            WHEN d.next_state = 'abandoned' THEN d.abandoned_at
        END AS abandoned_at,
        CASE WHEN d.moves THEN coalesce(d.first_due_at, d.due_at) ELSE d.first_due_at END
            AS first_due_at,
        CASE WHEN d.moves THEN d.next_agreed ELSE d.agreed_due_at END AS agreed_due_at,
        CASE WHEN d.moves THEN d.due_at ELSE d.latest_due_at END AS latest_due_at,
        CASE WHEN d.moves THEN d.next_customer ELSE d.customer_due_at END AS customer_due_at,
        CASE WHEN d.accepts THEN d.department WHEN d.proposes THEN NULL ELSE d.owner END AS owner,
        CASE
            WHEN d.accepts THEN NULL
            WHEN d.proposes THEN d.to_department
            ELSE d.proposed_owner
        END AS proposed_owner,
        CASE WHEN d.accepts THEN d.department ELSE d.previous_owner END AS previous_owner,
        d.reschedulings + CASE WHEN d.moves THEN 1 ELSE 0 END AS reschedulings,
        d.next_paused AS paused
    FROM (
        SELECT
            w.state, w.honoured_at, w.in_time, w.released_at, w.abandoned_at, w.first_due_at,
            w.agreed_due_at, w.latest_due_at, w.customer_due_at, w.owner, w.proposed_owner,
            w.previous_owner, w.reschedulings, w.paused,
            s.commitment_id, s.turn, s.type, s.time, s.department, s.due_at, s.to_department,
            s.in_time AS said_in_time,
            s.type = 'commitment.honoured' AND w.state <> 'honoured' AS honours,
            CASE
                WHEN s.type = 'commitment.honoured'
                    AND w.state IN ('open', 'disputed', 'released', 'abandoned') THEN 'honoured'
                WHEN s.type = 'commitment.released'
                    AND w.state IN ('open', 'abandoned') THEN 'released'
                WHEN s.type = 'commitment.abandoned' AND w.state = 'open' THEN 'abandoned'
                WHEN s.type = 'commitment.disputed' AND w.state = 'honoured' THEN 'disputed'
                WHEN s.type = 'commitment.reopened'
                    AND w.state IN ('honoured', 'released', 'abandoned') THEN 'open'
                WHEN s.type = 'commitment.dispute_settled' AND w.state = 'disputed'
                    AND s.outcome = 'rejected' THEN 'honoured'
                WHEN s.type = 'commitment.dispute_settled' AND w.state = 'disputed'
                    AND s.outcome = 'upheld' THEN 'open'
                ELSE w.state
            END AS next_state,
            CASE
                WHEN w.first_due_at IS NULL THEN s.due_at
                WHEN s.consent AND s.time <= w.agreed_due_at THEN s.due_at
                ELSE w.agreed_due_at
            END AS next_agreed,
            CASE
                WHEN w.first_due_at IS NULL THEN s.due_at
                WHEN s.wished AND s.time <= w.customer_due_at AND s.due_at <> w.agreed_due_at
                    THEN s.due_at
                ELSE w.customer_due_at
            END AS next_customer,
            s.type = 'commitment.rescheduled' AND w.state IN ('open', 'disputed') AND (
                w.first_due_at IS NULL
                OR s.due_at <> w.latest_due_at
                OR (s.consent AND s.time <= w.agreed_due_at AND s.due_at <> w.agreed_due_at)
            ) AS moves,
            s.type = 'commitment.handed_over'
                AND s.to_department <> coalesce(w.proposed_owner, w.owner) AS proposes,
            s.type = 'commitment.accepted' AND w.proposed_owner IS NOT NULL
                AND s.department IN (w.proposed_owner, w.previous_owner) AS accepts,
            CASE
                WHEN s.type = 'commitment.paused' THEN TRUE
                WHEN s.type = 'commitment.resumed' THEN FALSE
                ELSE w.paused
            END AS next_paused
        FROM walk AS w
        JOIN turning AS s ON s.commitment_id = w.commitment_id AND s.turn = w.turn + 1
    ) AS d
),
whole AS (
    SELECT w.* FROM walk AS w
    UNION ALL
    SELECT o.*
    FROM told AS o
    JOIN latest AS l ON l.commitment_id = o.commitment_id
    WHERE o.turn < l.turn
)
SELECT
    s.commitment_id, s.n, s.nth, s.fact_id, s.position, s.type, s.time, s.step_at, s.department,
    (s.turns AND w.moved) OR s.chased_at IS NOT NULL AS applied,
    CASE WHEN s.turns THEN w.state_before ELSE w.state END AS state_before,
    w.state, w.honoured_at, w.in_time, w.released_at, w.abandoned_at,
    w.first_due_at, w.agreed_due_at, w.latest_due_at, w.customer_due_at,
    w.owner, w.proposed_owner, w.previous_owner, w.reschedulings,
    s.chases, s.first_chased_at, w.paused, s.last_sign_at, s.opened_by, s.until
FROM counted AS s
JOIN whole AS w ON w.commitment_id = s.commitment_id AND w.turn = s.turn
ORDER BY s.commitment_id, s.n;
