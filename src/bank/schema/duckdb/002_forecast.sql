-- What was believed and when: kept forecasts, and the numbers people put in their place.

CREATE TABLE forecast (
    made_at TIMESTAMP NOT NULL,
    series VARCHAR NOT NULL,
    date DATE NOT NULL,
    mean DOUBLE NOT NULL,
    lo80 DOUBLE,
    hi80 DOUBLE,
    lo95 DOUBLE,
    hi95 DOUBLE,
    model VARCHAR,
    note VARCHAR,
    batch BIGINT NOT NULL
);

CREATE TABLE forecast_override (
    made_at TIMESTAMP NOT NULL,
    series VARCHAR NOT NULL,
    date DATE NOT NULL,
    value DOUBLE NOT NULL,
    reason VARCHAR,
    person VARCHAR,
    model_value DOUBLE,
    batch BIGINT NOT NULL
);
