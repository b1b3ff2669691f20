-- name: fact
CREATE TABLE fact (
    position BIGINT NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    id UUID NOT NULL,
    type VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    department VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    time TIMESTAMPTZ NOT NULL,
    correlationid VARCHAR,
    causationid VARCHAR,
    sequence VARCHAR,
    sequence_number BIGINT NOT NULL,
    place SMALLINT NOT NULL,
    extensions VARCHAR,
    commitment_id VARCHAR,
    issue_id VARCHAR,
    decision_id VARCHAR,
    payment_id VARCHAR,
    entitlement_id VARCHAR,
    links VARCHAR[] NOT NULL
);
