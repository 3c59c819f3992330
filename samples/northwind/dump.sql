--
-- PostgreSQL database dump
--

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;

CREATE TABLE customers (
    customer_id character varying(5) NOT NULL,
    company_name character varying(40) NOT NULL,
    contact_name character varying(30),
    contact_title character varying(30),
    city character varying(15),
    country character varying(15),
    phone character varying(24)
);

CREATE TABLE orders (
    order_id smallint NOT NULL,
    customer_id character varying(5),
    order_date date,
    ship_city character varying(15)
);

INSERT INTO customers VALUES ('BRISK', 'Briskwater Trading Ltd.', 'Anna Dale', 'Owner', 'Leeds', 'UK', '(113) 555-0142');
INSERT INTO customers VALUES ('BRIS2', 'Briskwater Trading Limited', 'Tom Dale', 'Sales Manager', 'Leeds', 'UK', NULL);
INSERT INTO customers VALUES ('HOLMS', 'Holmstad Fisk AS', 'Nils Moe', 'Owner', 'Bergen', 'Norway', NULL);

INSERT INTO orders VALUES (10801, 'BRISK', '2023-07-04', 'Leeds');
INSERT INTO orders VALUES (10802, 'BRIS2', '2023-07-05', 'Leeds');
INSERT INTO orders VALUES (10803, 'HOLMS', '2023-07-08', 'Bergen');

--
-- PostgreSQL database dump complete
--
