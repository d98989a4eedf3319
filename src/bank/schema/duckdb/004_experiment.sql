-- What tests of channels found.

CREATE TABLE experiment (
    experiment VARCHAR NOT NULL,
    channel VARCHAR NOT NULL,
    region VARCHAR,
    starts DATE NOT NULL,
    ends DATE NOT NULL,
    counted_until DATE,
    spend DOUBLE NOT NULL,
    effect DOUBLE NOT NULL,
    effect_lo DOUBLE,
    effect_hi DOUBLE,
    effect_error DOUBLE,
    outcome VARCHAR,
    method VARCHAR,
    note VARCHAR,
    batch BIGINT NOT NULL
);
