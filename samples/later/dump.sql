--
-- PostgreSQL database dump
--

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);

COPY public.organizations (id, name, slug) FROM stdin;
3c000000-0000-4000-8000-000000000001	Ferrum Works	ferrum-works
3c000000-0000-4000-8000-000000000002	Lumen Optik GmbH	lumen-optik
\.

COPY public.users (id, organization_id, email) FROM stdin;
3d000000-0000-4000-8000-000000000001	3c000000-0000-4000-8000-000000000001	a@ferrum.example
\.

COPY public.contacts (id, organization_id, type, company_name, contact_name, email) FROM stdin;
3e000000-0000-4000-8000-000000000001	3c000000-0000-4000-8000-000000000001	client	Lumen Optik GmbH	Uta Kern	uta@lumen.example
3e000000-0000-4000-8000-000000000002	3c000000-0000-4000-8000-000000000001	client	Pavo Keramik	Rolf Amsel	rolf@pavo.example
3e000000-0000-4000-8000-000000000003	3c000000-0000-4000-8000-000000000001	supplier	Stahlkontor Nord	Jan Voss	jan@stahl.example
\.

COPY public.projects (id, organization_id, customer_organization_id, point_of_contacts) FROM stdin;
3f000000-0000-4000-8000-000000000001	3c000000-0000-4000-8000-000000000001	3c000000-0000-4000-8000-000000000002	{3e000000-0000-4000-8000-000000000001}
3f000000-0000-4000-8000-000000000002	3c000000-0000-4000-8000-000000000001	\N	{3e000000-0000-4000-8000-000000000002,3e000000-0000-4000-8000-000000000001}
3f000000-0000-4000-8000-000000000003	3c000000-0000-4000-8000-000000000001	\N	{}
\.

--
-- PostgreSQL database dump complete
--
