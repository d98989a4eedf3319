-- The facts, the dimensions and the record of imports.
--
-- A fact is one table. `batch` names the import that brought a row, so that an import
-- can be taken out again by deleting its rows.
--
-- A dimension keeps every row ever imported in <dimension>_rows; the view of the
-- dimension's own name shows the latest row of each key. So taking an import out brings
-- back what it had replaced. One import holds a key once.
--
-- No indexes: rows arrive in bulk and are read by column; a duplicate is a fact about
-- the data, to be shown, not an error.

CREATE TABLE batch (
    batch BIGINT PRIMARY KEY, -- 1, 2, 3, ... in the order of arrival
    fact VARCHAR NOT NULL,
    files VARCHAR NOT NULL,
    hash VARCHAR NOT NULL, -- BLAKE2b-256, hex; of several files, over their hashes
    actor VARCHAR,
    imported_at TIMESTAMP NOT NULL,
    read BIGINT NOT NULL,
    added BIGINT NOT NULL,
    already BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    undone_at TIMESTAMP,
    undone_by VARCHAR
);

CREATE TABLE batch_file (
    batch BIGINT NOT NULL,
    path VARCHAR NOT NULL,
    hash VARCHAR NOT NULL,
    bytes BIGINT NOT NULL
);

-- `rows` rows of `batch` were skipped because `earlier` had brought them.
CREATE TABLE batch_skip (
    batch BIGINT NOT NULL,
    earlier BIGINT NOT NULL,
    rows BIGINT NOT NULL
);

CREATE TABLE profile (
    name VARCHAR PRIMARY KEY,
    fact VARCHAR NOT NULL,
    note VARCHAR,
    json VARCHAR NOT NULL
);

CREATE TABLE calendar (
    date DATE NOT NULL,
    event VARCHAR NOT NULL,
    region VARCHAR,
    value DOUBLE,
    batch BIGINT NOT NULL
);

CREATE TABLE "check" (
    date DATE NOT NULL,
    outlet VARCHAR NOT NULL,
    agent VARCHAR,
    visit VARCHAR,
    employee VARCHAR,
    criterion VARCHAR NOT NULL,
    score DOUBLE NOT NULL,
    best_score DOUBLE,
    weight DOUBLE,
    note VARCHAR,
    batch BIGINT NOT NULL
);

CREATE TABLE complaint (
    time TIMESTAMP NOT NULL,
    complaint_id VARCHAR,
    customer VARCHAR,
    product VARCHAR,
    outlet VARCHAR,
    region VARCHAR,
    channel VARCHAR,
    topic VARCHAR,
    severity DOUBLE,
    text VARCHAR,
    settled TIMESTAMP,
    outcome VARCHAR,
    compensation DOUBLE,
    batch BIGINT NOT NULL
);

CREATE TABLE lead_stage (
    time TIMESTAMP NOT NULL,
    lead VARCHAR NOT NULL,
    customer VARCHAR,
    stage VARCHAR NOT NULL,
    owner VARCHAR,
    product VARCHAR,
    channel VARCHAR,
    campaign VARCHAR,
    region VARCHAR,
    value DOUBLE,
    probability DOUBLE,
    reason VARCHAR,
    batch BIGINT NOT NULL
);

CREATE TABLE market (
    date DATE NOT NULL,
    segment VARCHAR,
    region VARCHAR,
    seller VARCHAR,
    volume DOUBLE,
    value DOUBLE,
    source VARCHAR,
    batch BIGINT NOT NULL
);

CREATE TABLE mention (
    time TIMESTAMP NOT NULL,
    mention_id VARCHAR,
    source VARCHAR NOT NULL,
    author VARCHAR,
    brand VARCHAR,
    product VARCHAR,
    topic VARCHAR,
    text VARCHAR,
    sentiment DOUBLE,
    rating DOUBLE,
    reach DOUBLE,
    batch BIGINT NOT NULL
);

CREATE TABLE price (
    date DATE NOT NULL,
    product VARCHAR NOT NULL,
    seller VARCHAR,
    region VARCHAR,
    price DOUBLE NOT NULL,
    regular_price DOUBLE,
    promotion VARCHAR,
    source VARCHAR,
    batch BIGINT NOT NULL
);

CREATE TABLE sale (
    time TIMESTAMP NOT NULL,
    order_id VARCHAR,
    customer VARCHAR,
    product VARCHAR,
    description VARCHAR,
    product_group VARCHAR,
    channel VARCHAR,
    outlet VARCHAR,
    region VARCHAR,
    campaign VARCHAR,
    promotion VARCHAR,
    quantity DOUBLE NOT NULL,
    unit_price DOUBLE,
    amount DOUBLE NOT NULL,
    cost DOUBLE,
    discount DOUBLE,
    batch BIGINT NOT NULL
);

CREATE TABLE spend (
    date DATE NOT NULL,
    channel VARCHAR NOT NULL,
    campaign VARCHAR,
    region VARCHAR,
    amount DOUBLE NOT NULL,
    impressions DOUBLE,
    clicks DOUBLE,
    reach DOUBLE,
    frequency DOUBLE,
    batch BIGINT NOT NULL
);

CREATE TABLE survey (
    date DATE,
    wave VARCHAR NOT NULL,
    respondent VARCHAR NOT NULL,
    customer VARCHAR,
    outlet VARCHAR,
    question VARCHAR NOT NULL,
    answer VARCHAR,
    weight DOUBLE,
    batch BIGINT NOT NULL
);

CREATE TABLE touch (
    time TIMESTAMP NOT NULL,
    customer VARCHAR,
    visitor VARCHAR,
    session VARCHAR,
    channel VARCHAR,
    touchpoint VARCHAR,
    campaign VARCHAR,
    event VARCHAR NOT NULL,
    value DOUBLE,
    batch BIGINT NOT NULL
);

CREATE TABLE campaign_rows (
    campaign VARCHAR NOT NULL,
    name VARCHAR,
    channel VARCHAR,
    objective VARCHAR,
    product_group VARCHAR,
    region VARCHAR,
    starts DATE,
    ends DATE,
    budget DOUBLE,
    batch BIGINT NOT NULL
);
CREATE VIEW campaign AS
SELECT r.*
FROM campaign_rows AS r
WHERE NOT EXISTS (
    SELECT 1 FROM campaign_rows AS later WHERE later.campaign = r.campaign AND later.batch > r.batch
);

CREATE TABLE channel_rows (
    channel VARCHAR NOT NULL,
    name VARCHAR,
    role VARCHAR,
    kind VARCHAR,
    online BOOLEAN,
    batch BIGINT NOT NULL
);
CREATE VIEW channel AS
SELECT r.*
FROM channel_rows AS r
WHERE NOT EXISTS (
    SELECT 1 FROM channel_rows AS later WHERE later.channel = r.channel AND later.batch > r.batch
);

CREATE TABLE customer_rows (
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
    batch BIGINT NOT NULL
);
CREATE VIEW customer AS
SELECT r.*
FROM customer_rows AS r
WHERE NOT EXISTS (
    SELECT 1 FROM customer_rows AS later WHERE later.customer = r.customer AND later.batch > r.batch
);

CREATE TABLE outlet_rows (
    outlet VARCHAR NOT NULL,
    name VARCHAR,
    type VARCHAR,
    region VARCHAR,
    city VARCHAR,
    manager VARCHAR,
    opened DATE,
    closed DATE,
    area DOUBLE,
    latitude DOUBLE,
    longitude DOUBLE,
    batch BIGINT NOT NULL
);
CREATE VIEW outlet AS
SELECT r.*
FROM outlet_rows AS r
WHERE NOT EXISTS (
    SELECT 1 FROM outlet_rows AS later WHERE later.outlet = r.outlet AND later.batch > r.batch
);

CREATE TABLE product_rows (
    product VARCHAR NOT NULL,
    name VARCHAR,
    product_group VARCHAR,
    brand VARCHAR,
    unit VARCHAR,
    list_price DOUBLE,
    unit_cost DOUBLE,
    launched DATE,
    withdrawn DATE,
    batch BIGINT NOT NULL
);
CREATE VIEW product AS
SELECT r.*
FROM product_rows AS r
WHERE NOT EXISTS (
    SELECT 1 FROM product_rows AS later WHERE later.product = r.product AND later.batch > r.batch
);
