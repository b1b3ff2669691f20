-- One answer a row. A review_id repeats over orders, so the key takes both.
SELECT
    r.review_id || '-' || r.order_id AS key,
    local_time(r.review_answer_timestamp) AS time,
    '/voice/olist' AS source,
    o.subject,
    o.refs,
    'stars' AS question,
    CAST(r.review_score AS INTEGER) AS score,
    1 AS scale_min,
    5 AS scale_max,
    'order:' || r.order_id AS about_ref,
    nullif(
        concat_ws(
            chr(10), nullif(r.review_comment_title, ''), nullif(r.review_comment_message, '')
        ),
        ''
    ) AS comment
FROM rows('olist_order_reviews_dataset.csv') AS r
LEFT JOIN orders AS o USING (order_id);
