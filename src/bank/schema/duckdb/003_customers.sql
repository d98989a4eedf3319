-- What is known of a customer as a person, and who was put into which segment when.

CREATE TABLE customer_rows_wider (
    customer VARCHAR NOT NULL,
    name VARCHAR,
    type VARCHAR,
    segment VARCHAR,
    region VARCHAR,
    city VARCHAR,
    outlet VARCHAR,
    channel VARCHAR,
    since DATE,
    contact_allowed BOOLEAN,
    birth_year BIGINT,
    gender VARCHAR,
    income_band VARCHAR,
    activity VARCHAR,
    batch BIGINT NOT NULL
);
INSERT INTO customer_rows_wider
SELECT customer, name, type, segment, region, city, outlet, channel, since, contact_allowed,
       NULL, NULL, NULL, NULL, batch
FROM customer_rows;
DROP VIEW customer;
DROP TABLE customer_rows;
ALTER TABLE customer_rows_wider RENAME TO customer_rows;
CREATE VIEW customer AS
SELECT r.*
FROM customer_rows AS r
WHERE NOT EXISTS (
    SELECT 1 FROM customer_rows AS later WHERE later.customer = r.customer AND later.batch > r.batch
);

CREATE TABLE segment (
    made_at TIMESTAMP NOT NULL,
    scheme VARCHAR NOT NULL,
    customer VARCHAR NOT NULL,
    segment VARCHAR NOT NULL,
    since DATE,
    version BIGINT,
    rule VARCHAR,
    reason VARCHAR,
    note VARCHAR,
    batch BIGINT NOT NULL
);
