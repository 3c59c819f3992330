--
-- PostgreSQL database dump
--

-- Dumped from database version 17.4
-- Dumped by pg_dump version 17.4

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Data for Name: users; Type: TABLE DATA; Schema: auth; Owner: supabase_auth_admin
--

ALTER TABLE auth.users DISABLE TRIGGER ALL;

COPY auth.users (instance_id, id, aud, role, email, email_confirmed_at, raw_app_meta_data, raw_user_meta_data, is_super_admin, created_at, updated_at, is_anonymous) FROM stdin;
00000000-0000-0000-0000-000000000000	7a1b0000-5a16-4000-8000-000000020001	authenticated	authenticated	ceo@saigongear.example	2025-01-27 08:01:00+00	{"provider": "email", "providers": ["email"]}	{"full_name": "Đinh Thị Quỳnh Hoa"}	\N	2025-01-27 08:01:00+00	2025-01-27 08:01:00+00	f
00000000-0000-0000-0000-000000000000	7a1b0000-5a16-4000-8000-000000020002	authenticated	authenticated	sales@saigongear.example	2025-01-27 08:02:00+00	{"provider": "email", "providers": ["email"]}	{"full_name": "Phan Quốc Bảo"}	\N	2025-01-27 08:02:00+00	2025-01-27 08:02:00+00	f
00000000-0000-0000-0000-000000000000	7a1b0000-5a16-4000-8000-000000020003	authenticated	authenticated	engineering@saigongear.example	2025-01-27 08:03:00+00	{"provider": "email", "providers": ["email"]}	{"full_name": "Lương Minh Đức"}	\N	2025-01-27 08:03:00+00	2025-01-27 08:03:00+00	f
00000000-0000-0000-0000-000000000000	7a1b0000-5a16-4000-8000-000000020004	authenticated	authenticated	qa@saigongear.example	2025-01-27 08:04:00+00	{"provider": "email", "providers": ["email"]}	{"full_name": "Tạ Thị Ngọc"}	\N	2025-01-27 08:04:00+00	2025-01-27 08:04:00+00	f
00000000-0000-0000-0000-000000000000	7a1b0000-5a16-4000-8000-000000020005	authenticated	authenticated	loc.cao@saigongear.example	2025-01-27 08:05:00+00	{"provider": "email", "providers": ["email"]}	{"full_name": "Cao Văn Lộc"}	\N	2025-01-27 08:05:00+00	2025-01-27 08:05:00+00	f
00000000-0000-0000-0000-000000000000	7a1b0000-5a16-4000-8000-000000020006	authenticated	authenticated	it@saigongear.example	2025-01-27 08:06:00+00	{"provider": "email", "providers": ["email"]}	{"full_name": "Hồ Sỹ Nam"}	\N	2025-01-27 08:06:00+00	2025-01-27 08:06:00+00	f
\.


ALTER TABLE auth.users ENABLE TRIGGER ALL;

--
-- Data for Name: organizations; Type: TABLE DATA; Schema: public; Owner: postgres
--

ALTER TABLE public.organizations DISABLE TRIGGER ALL;

COPY public.organizations (id, name, slug, domain, logo_url, description, industry, settings, subscription_plan, is_active, created_at, updated_at) FROM stdin;
7a1b0000-5a16-4000-8000-000000010001	Saigon Gear Works Co., Ltd.	saigon-gear-works	saigongear.example	https://assets.saigongear.example/logos/saigon-gear-works.png	Gears, shafts and gearboxes to drawing	Manufacturing	{"holidays": ["2025-04-30", "2025-05-01", "2025-09-02"], "timezone": "Asia/Ho_Chi_Minh", "date_format": "DD/MM/YYYY", "working_hours": {"monday": {"end": "16:30", "start": "07:30"}, "saturday": {"end": "11:30", "start": "07:30"}}, "default_currency": "VND", "default_language": "vi"}	enterprise	t	2025-01-27 08:00:00+00	2025-01-27 08:00:00+00
7a1b0000-5a16-4000-8000-000000010002	Hoang Gia Motors	hoang-gia-motors	hoanggia.example	https://assets.saigongear.example/logos/hoang-gia-motors.png	Motorcycles and three-wheelers	Automotive	{"timezone": "Asia/Ho_Chi_Minh", "date_format": "DD/MM/YYYY", "default_currency": "VND", "default_language": "vi"}	growth	t	2025-01-27 08:00:00+00	2025-01-27 08:00:00+00
7a1b0000-5a16-4000-8000-000000010003	Nam Sao Aerospace	nam-sao	namsao.example	https://assets.saigongear.example/logos/nam-sao.png	Cabin parts; the platform's first aerospace company	Aerospace	{"timezone": "Asia/Ho_Chi_Minh", "date_format": "DD/MM/YYYY", "default_currency": "VND", "default_language": "vi"}	growth	t	2025-01-27 08:00:00+00	2025-01-27 08:00:00+00
7a1b0000-5a16-4000-8000-000000010004	Tokai Pump Vietnam	tokai-pump	tokaipump.example	https://assets.saigongear.example/logos/tokai-pump.png	\N	Machinery	{"timezone": "Asia/Ho_Chi_Minh", "date_format": "DD/MM/YYYY", "default_currency": "VND", "default_language": "vi"}	starter	t	2025-01-27 08:00:00+00	2025-01-27 08:00:00+00
7a1b0000-5a16-4000-8000-000000010005	Delta Iron Foundry	delta-iron	deltairon.example	https://assets.saigongear.example/logos/delta-iron.png	Grey and ductile iron castings	Foundry	{"timezone": "Asia/Ho_Chi_Minh", "date_format": "DD/MM/YYYY", "default_currency": "VND", "default_language": "vi"}	starter	t	2025-01-27 08:00:00+00	2025-01-27 08:00:00+00
7a1b0000-5a16-4000-8000-000000010006	Blue Lotus Electronics	blue-lotus-electronics	bluelotus.example	https://assets.saigongear.example/logos/blue-lotus-electronics.png	Controllers and cable sets	Electronics	{"timezone": "Asia/Ho_Chi_Minh", "date_format": "DD/MM/YYYY", "default_currency": "VND", "default_language": "vi"}	starter	t	2025-01-27 08:00:00+00	2025-01-27 08:00:00+00
7a1b0000-5a16-4000-8000-000000010007	Viet Thanh Heat Treatment	viet-thanh	vietthanh.example	https://assets.saigongear.example/logos/viet-thanh.png	Carburizing, nitriding	Manufacturing	{"timezone": "Asia/Ho_Chi_Minh", "date_format": "DD/MM/YYYY", "default_currency": "VND", "default_language": "vi"}	starter	t	2025-01-27 08:00:00+00	2025-01-27 08:00:00+00
7a1b0000-5a16-4000-8000-000000010008	Lone Star Castings	lonestar	lonestar.example	https://assets.saigongear.example/logos/lonestar.png	Investment castings (Houston)	Foundry	{"timezone": "America/Chicago", "date_format": "MM/DD/YYYY", "default_currency": "USD", "default_language": "en"}	starter	t	2025-01-27 08:00:00+00	2025-01-27 08:00:00+00
\.


ALTER TABLE public.organizations ENABLE TRIGGER ALL;

--
-- Data for Name: users; Type: TABLE DATA; Schema: public; Owner: postgres
--

ALTER TABLE public.users DISABLE TRIGGER ALL;

COPY public.users (id, organization_id, email, name, role, department, phone, avatar_url, status, description, employee_id, direct_manager_id, direct_reports, last_login_at, preferences, created_at, updated_at) FROM stdin;
7a1b0000-5a16-4000-8000-000000020001	7a1b0000-5a16-4000-8000-000000010001	ceo@saigongear.example	Đinh Thị Quỳnh Hoa	management	Management	+84-28-5550-0101	\N	active	\N	SGW001	\N	{7a1b0000-5a16-4000-8000-000000020002,7a1b0000-5a16-4000-8000-000000020003}	2025-08-16 08:13:00.120001+00	{"theme": "light", "language": "vi", "notifications": true}	2025-01-27 08:01:00+00	2025-01-30 08:01:00+00
7a1b0000-5a16-4000-8000-000000020002	7a1b0000-5a16-4000-8000-000000010001	sales@saigongear.example	Phan Quốc Bảo	sales	Sales	+84-28-5550-0102	\N	active	\N	SGW002	7a1b0000-5a16-4000-8000-000000020001	{7a1b0000-5a16-4000-8000-000000020005}	2025-08-17 08:26:00.120002+00	{"theme": "light", "language": "vi", "notifications": true}	2025-01-27 08:02:00+00	2025-01-30 08:02:00+00
7a1b0000-5a16-4000-8000-000000020003	7a1b0000-5a16-4000-8000-000000010001	engineering@saigongear.example	Lương Minh Đức	engineering	Engineering	+84-28-5550-0103	\N	active	\N	SGW003	7a1b0000-5a16-4000-8000-000000020001	{7a1b0000-5a16-4000-8000-000000020004}	2025-08-18 08:39:00.120003+00	{"theme": "light", "language": "vi", "notifications": true}	2025-01-27 08:03:00+00	2025-01-30 08:03:00+00
7a1b0000-5a16-4000-8000-000000020004	7a1b0000-5a16-4000-8000-000000010001	qa@saigongear.example	Tạ Thị Ngọc	qa	Quality	\N	\N	active	\N	SGW004	7a1b0000-5a16-4000-8000-000000020003	{}	2025-08-19 08:52:00.120004+00	{"theme": "light", "language": "vi", "notifications": true}	2025-01-27 08:04:00+00	2025-01-30 08:04:00+00
7a1b0000-5a16-4000-8000-000000020005	7a1b0000-5a16-4000-8000-000000010001	loc.cao@saigongear.example	Cao Văn Lộc	procurement	Procurement	+84-28-5550-0105	\N	active	\N	SGW005	7a1b0000-5a16-4000-8000-000000020002	{}	2025-08-20 09:05:00.120005+00	{"theme": "light", "language": "vi", "notifications": true}	2025-01-27 08:05:00+00	2025-01-30 08:05:00+00
7a1b0000-5a16-4000-8000-000000020006	7a1b0000-5a16-4000-8000-000000010001	it@saigongear.example	Hồ Sỹ Nam	admin	\N	\N	\N	active	\N	SGW006	7a1b0000-5a16-4000-8000-000000020001	{}	2025-08-21 09:18:00.120006+00	{"theme": "light", "language": "vi", "notifications": true}	2025-01-27 08:06:00+00	2025-01-30 08:06:00+00
\.


ALTER TABLE public.users ENABLE TRIGGER ALL;

--
-- Data for Name: contacts; Type: TABLE DATA; Schema: public; Owner: postgres
--

ALTER TABLE public.contacts DISABLE TRIGGER ALL;

COPY public.contacts (id, organization_id, type, company_name, contact_name, email, phone, address, city, state, country, postal_code, website, tax_id, payment_terms, credit_limit, is_active, notes, metadata, ai_category, ai_capabilities, ai_risk_score, ai_last_analyzed, created_at, updated_at, created_by, client_organization_id) FROM stdin;
7a1b0000-5a16-4000-8000-000000030001	7a1b0000-5a16-4000-8000-000000010001	customer	Hoang Gia Motors	Nguyễn Thị Lệ Thu	purchasing@hoanggia.example	+84-28-5550-1001	7 Đường Nguyễn Hữu Thọ, Quận 7	Ho Chi Minh City	Ho Chi Minh	Vietnam	70000	https://www.hoanggia.example	0300000111	Net 45	900000000.00	t	Call after 14:00. Margin agreed: 12%	{"employees": 310, "annual_revenue": "4200000000"}	{}	{}	18.50	\N	2025-01-27 08:21:00+00	2025-01-29 08:01:00+00	7a1b0000-5a16-4000-8000-000000020002	7a1b0000-5a16-4000-8000-000000010002
7a1b0000-5a16-4000-8000-000000030002	7a1b0000-5a16-4000-8000-000000010001	customer	Nam Sao Aerospace	Trịnh Công Hậu	procurement@namsao.example	+84-24-5550-1002	12 Phố Láng Hạ, Đống Đa	Ha Noi	Ha Noi	Vietnam	10000	https://www.namsao.example	0300000112	Net 60	1500000000.00	t	\N	{"quality_standards": ["AS9100"]}	{}	{}	9.00	\N	2025-01-27 08:22:00+00	2025-01-29 08:02:00+00	7a1b0000-5a16-4000-8000-000000020002	\N
7a1b0000-5a16-4000-8000-000000030003	7a1b0000-5a16-4000-8000-000000010001	customer	Nam Sao Aerospace	Võ Thị Kim Ngân	quality@namsao.example	+84-24-5550-1003	\N	\N	\N	\N	\N	\N	\N	\N	\N	t	\N	{}	{}	{}	\N	\N	2025-01-27 08:23:00+00	2025-01-29 08:03:00+00	7a1b0000-5a16-4000-8000-000000020002	\N
7a1b0000-5a16-4000-8000-000000030004	7a1b0000-5a16-4000-8000-000000010001	customer	Minh Long Plastics Co., Ltd.	Lâm Chí Cường	cuong.lam@minhlong.example	+84-28-5550-1004	18 Đường Số 3, KCN Tân Bình	Ho Chi Minh City	Ho Chi Minh	Vietnam	70000	https://www.minhlong.example	0300000113	Net 30	300000000.00	t	\N	{"segment": "moulds"}	{}	{}	\N	\N	2025-01-27 08:24:00+00	2025-01-29 08:04:00+00	7a1b0000-5a16-4000-8000-000000020002	\N
7a1b0000-5a16-4000-8000-000000030005	7a1b0000-5a16-4000-8000-000000010001	customer	MINH LONG PLASTICS CO. LTD	Lam Chi Cuong	info@minhlong.example	02855501005	18 Đường Số 3, KCN Tân Bình	Ho Chi Minh City	Ho Chi Minh	Vietnam	70000	https://www.minhlong.example	0300000113	Net 30	\N	t	typed in from the business card	{}	{}	{}	\N	\N	2025-01-27 08:25:00+00	2025-01-29 08:05:00+00	7a1b0000-5a16-4000-8000-000000020002	\N
7a1b0000-5a16-4000-8000-000000030006	7a1b0000-5a16-4000-8000-000000010001	customer	Tokai Pump Vietnam	Sato Kenji	supply.chain@tokaipump.example	+81-3-5550-1006	Lot B4, Thang Loi Industrial Park	Dong Nai	Dong Nai	Vietnam	76000	https://vn.tokaipump.example	0300000114	Net 60	450000000.00	t	\N	{"tolerance": "±0.01 mm"}	{}	{}	12.25	\N	2025-01-27 08:26:00+00	2025-01-29 08:06:00+00	7a1b0000-5a16-4000-8000-000000020002	\N
7a1b0000-5a16-4000-8000-000000030007	7a1b0000-5a16-4000-8000-000000010001	customer	Annam Bicycle JSC	Huỳnh Tấn Phát	kythuat@annambike.example	+84-236-555-1007	255 Đường Trường Chinh	Da Nang	Da Nang	Vietnam	55000	https://annambike.example	0300000115	Net 30	120000000.00	t	Wants samples in 'raw' finish first	{}	{}	{}	\N	\N	2025-01-27 08:27:00+00	2025-01-29 08:07:00+00	7a1b0000-5a16-4000-8000-000000020002	7a1b0000-5a16-4000-8000-000000010001
7a1b0000-5a16-4000-8000-000000030008	7a1b0000-5a16-4000-8000-000000010001	supplier	Delta Iron Foundry	Mai Văn Thắng	sales@deltairon.example	+84-274-555-1008	90 Đại lộ Bình Dương	Binh Duong	Binh Duong	Vietnam	82000	https://deltairon.example	0300000211	Net 30	\N	t	\N	{}	{}	{casting,"pattern making"}	22.00	\N	2025-01-27 08:28:00+00	2025-01-29 08:08:00+00	7a1b0000-5a16-4000-8000-000000020002	\N
7a1b0000-5a16-4000-8000-000000030009	7a1b0000-5a16-4000-8000-000000010001	supplier	Viet Thanh Heat Treatment	Đoàn Thị Bích	info@vietthanh.example	+84-28-5550-1009	\N	\N	\N	\N	\N	\N	0300000212	Net 30	\N	t	\N	{}	{"kind": "process"}	{carburizing,nitriding}	\N	\N	2025-01-27 08:29:00+00	2025-01-29 08:09:00+00	7a1b0000-5a16-4000-8000-000000020002	\N
7a1b0000-5a16-4000-8000-000000030010	7a1b0000-5a16-4000-8000-000000010001	supplier	Song Da Bearings Ltd.	Kiều Anh Tú	sales@songdabearings.example	232343432	\N	\N	\N	\N	\N	\N	0300000213	Net 30	\N	t	\N	{}	{}	{bearings}	\N	\N	2025-01-27 08:30:00+00	2025-01-29 08:10:00+00	7a1b0000-5a16-4000-8000-000000020002	\N
7a1b0000-5a16-4000-8000-000000030011	7a1b0000-5a16-4000-8000-000000010001	supplier	Rheintal Werkzeuge GmbH	Anna Vogel	vertrieb@rheintal.example	+49-7722-5550	Lindenweg 4	Furtwangen		Germany	78120	https://rheintal.example	\N	Net 14	\N	t	\N	{}	{}	{"gear hobs",broaches}	\N	\N	2025-01-27 08:31:00+00	2025-01-29 08:11:00+00	7a1b0000-5a16-4000-8000-000000020002	\N
7a1b0000-5a16-4000-8000-000000030012	7a1b0000-5a16-4000-8000-000000010001	customer	Khách lẻ	Anh Tám	\N	0905550112	\N	\N	\N	\N	\N	\N	\N	Net 30	\N	t	Paid cash, one worm wheel for a rice mill	{}	{}	{}	\N	\N	2025-01-27 08:32:00+00	2025-01-29 08:12:00+00	7a1b0000-5a16-4000-8000-000000020002	\N
\.


ALTER TABLE public.contacts ENABLE TRIGGER ALL;

--
-- Data for Name: workflow_stages; Type: TABLE DATA; Schema: public; Owner: postgres
--

ALTER TABLE public.workflow_stages DISABLE TRIGGER ALL;

COPY public.workflow_stages (id, organization_id, name, slug, description, color, stage_order, is_active, exit_criteria, responsible_roles, created_at, updated_at, estimated_duration_days) FROM stdin;
7a1b0000-5a16-4000-8000-000000050001	7a1b0000-5a16-4000-8000-000000010001	Inquiry Received	inquiry_received	\N	#3B82F6	1	t	Reviewed and signed off	{sales,procurement}	2025-01-27 08:01:00+00	2025-01-27 08:01:00+00	2
7a1b0000-5a16-4000-8000-000000050002	7a1b0000-5a16-4000-8000-000000010001	Technical Review	technical_review	\N	#F59E0B	2	t	Reviewed and signed off	{engineering,qa}	2025-01-27 08:01:00+00	2025-01-27 08:01:00+00	3
7a1b0000-5a16-4000-8000-000000050003	7a1b0000-5a16-4000-8000-000000010001	Quoted	quoted	\N	#10B981	3	t	Reviewed and signed off	{sales,management}	2025-01-27 08:01:00+00	2025-01-27 08:01:00+00	2
7a1b0000-5a16-4000-8000-000000050004	7a1b0000-5a16-4000-8000-000000010001	In Production	in_production	\N	#8B5CF6	4	t	Reviewed and signed off	{production}	2025-01-27 08:01:00+00	2025-01-27 08:01:00+00	21
\.


ALTER TABLE public.workflow_stages ENABLE TRIGGER ALL;

--
-- Data for Name: projects; Type: TABLE DATA; Schema: public; Owner: postgres
--

ALTER TABLE public.projects DISABLE TRIGGER ALL;

COPY public.projects (id, organization_id, project_id, title, description, customer_id, current_stage_id, status, priority_score, priority_level, estimated_value, estimated_delivery_date, actual_delivery_date, source, tags, metadata, stage_entered_at, project_type, notes, created_at, updated_at, created_by, assigned_to, intake_type, intake_source, volume, target_price_per_unit, project_reference, desired_delivery_date) FROM stdin;
7a1b0000-5a16-4000-8000-000000040001	7a1b0000-5a16-4000-8000-000000010001	P-25012801	Gearbox housing, 110 cc	\N	7a1b0000-5a16-4000-8000-000000030001	7a1b0000-5a16-4000-8000-000000050003	active	50	medium	180000000.00	2025-05-15 00:00:00+00	\N	portal	{casting,gearbox}	{"material": "ADC12", "quantity": 1200}	2025-01-31 08:05:00.513+00	fabrication	\N	2025-01-28 08:07:00+00	2025-02-06 08:07:00.426583+00	7a1b0000-5a16-4000-8000-000000020002	7a1b0000-5a16-4000-8000-000000020003	rfq	portal	[{"unit": "pcs", "quantity": 1200, "frequency": "per year"}]	\N	\N	\N
7a1b0000-5a16-4000-8000-000000040002	7a1b0000-5a16-4000-8000-000000010001	P-25012902	Counter shaft set	\N	7a1b0000-5a16-4000-8000-000000030001	7a1b0000-5a16-4000-8000-000000050002	active	70	high	95000000.00	2025-06-15 00:00:00+00	\N	portal	{shaft}	{}	2025-02-01 08:10:00.513+00	fabrication	\N	2025-01-29 08:14:00+00	2025-02-07 08:14:00.426583+00	7a1b0000-5a16-4000-8000-000000020002	\N	rfq	portal	\N	\N	\N	\N
7a1b0000-5a16-4000-8000-000000040003	7a1b0000-5a16-4000-8000-000000010001	P-25030803	Kick-start ratchet	\N	7a1b0000-5a16-4000-8000-000000030001	7a1b0000-5a16-4000-8000-000000050001	active	50	medium	45000000.00	2025-07-15 00:00:00+00	\N	email	{}	{}	2025-03-11 08:15:00.513+00	fabrication	\N	2025-03-08 08:21:00+00	2025-03-17 08:21:00.426583+00	7a1b0000-5a16-4000-8000-000000020002	7a1b0000-5a16-4000-8000-000000020003	rfq	portal	\N	\N	\N	\N
7a1b0000-5a16-4000-8000-000000040004	7a1b0000-5a16-4000-8000-000000010001	P-25013004	Seat rail pinions	\N	7a1b0000-5a16-4000-8000-000000030002	7a1b0000-5a16-4000-8000-000000050004	active	89	critical	640000000.00	2025-08-15 00:00:00+00	\N	portal	{aerospace,"fine pitch"}	{"quality_standards": ["AS9100", "NADCAP"]}	2025-02-02 08:20:00.513+00	fabrication	\N	2025-01-30 08:28:00+00	2025-02-08 08:28:00.426583+00	7a1b0000-5a16-4000-8000-000000020002	\N	rfq	portal	\N	49000.00	\N	\N
7a1b0000-5a16-4000-8000-000000040005	7a1b0000-5a16-4000-8000-000000010001	P-25020705	Galley lift rack	\N	7a1b0000-5a16-4000-8000-000000030002	7a1b0000-5a16-4000-8000-000000050003	active	50	medium	310000000.00	2025-09-15 00:00:00+00	\N	portal	{}	{}	2025-02-10 08:25:00.513+00	fabrication	\N	2025-02-07 08:35:00+00	2025-02-16 08:35:00.426583+00	7a1b0000-5a16-4000-8000-000000020002	7a1b0000-5a16-4000-8000-000000020003	rfq	portal	\N	\N	\N	2025-10-01
7a1b0000-5a16-4000-8000-000000040006	7a1b0000-5a16-4000-8000-000000010001	P-25021106	First article inspection, pinions	Report per drawing rev. C;\nCMM data wanted as CSV	7a1b0000-5a16-4000-8000-000000030003	7a1b0000-5a16-4000-8000-000000050004	active	50	medium	\N	2025-10-15 00:00:00+00	\N	email	{}	{}	2025-02-14 08:30:00.513+00	fabrication	\N	2025-02-11 08:42:00+00	2025-02-20 08:42:00.426583+00	7a1b0000-5a16-4000-8000-000000020002	\N	rfq	portal	\N	\N	\N	\N
7a1b0000-5a16-4000-8000-000000040007	7a1b0000-5a16-4000-8000-000000010001	P-25021607	Ejector rack for mould 7	\N	7a1b0000-5a16-4000-8000-000000030004	7a1b0000-5a16-4000-8000-000000050002	active	50	medium	52000000.00	2025-11-15 00:00:00+00	\N	portal	{mould}	{}	2025-02-19 08:35:00.513+00	fabrication	\N	2025-02-16 08:49:00+00	2025-02-25 08:49:00.426583+00	7a1b0000-5a16-4000-8000-000000020002	7a1b0000-5a16-4000-8000-000000020003	rfq	portal	\N	\N	\N	\N
7a1b0000-5a16-4000-8000-000000040008	7a1b0000-5a16-4000-8000-000000010001	P-25030108	Mould 9: helical core gear	\N	7a1b0000-5a16-4000-8000-000000030004	7a1b0000-5a16-4000-8000-000000050001	active	50	medium	61000000.00	2025-04-15 00:00:00+00	\N	portal	{}	{}	2025-03-04 08:40:00.513+00	fabrication	\N	2025-03-01 08:56:00+00	2025-03-10 08:56:00.426583+00	7a1b0000-5a16-4000-8000-000000020002	\N	rfq	portal	[{"unit": "sets", "quantity": 4, "frequency": "one off"}]	53000.00	\N	\N
7a1b0000-5a16-4000-8000-000000040009	7a1b0000-5a16-4000-8000-000000010001	P-25030309	Spare pinion, injection unit	\N	7a1b0000-5a16-4000-8000-000000030005	7a1b0000-5a16-4000-8000-000000050004	completed	50	medium	8000000.00	2025-05-15 00:00:00+00	\N	email	{}	{}	2025-03-06 08:45:00.513+00	fabrication	\N	2025-03-03 09:03:00+00	2025-03-12 09:03:00.426583+00	7a1b0000-5a16-4000-8000-000000020002	7a1b0000-5a16-4000-8000-000000020003	rfq	portal	\N	\N	\N	\N
7a1b0000-5a16-4000-8000-000000040010	7a1b0000-5a16-4000-8000-000000010001	P-25030910	Impeller drive, size 80	\N	7a1b0000-5a16-4000-8000-000000030006	7a1b0000-5a16-4000-8000-000000050003	active	75	high	275000000.00	2025-06-15 00:00:00+00	\N	portal	{pump,stainless}	{"material": "stainless_steel_316", "tolerance": "±0.01"}	2025-03-12 08:50:00.513+00	fabrication	\N	2025-03-09 09:10:00+00	2025-03-18 09:10:00.426583+00	7a1b0000-5a16-4000-8000-000000020002	\N	rfq	portal	\N	\N	\N	2025-08-01
7a1b0000-5a16-4000-8000-000000040011	7a1b0000-5a16-4000-8000-000000010001	P-25031011	Impeller drive, size 100	\N	7a1b0000-5a16-4000-8000-000000030006	7a1b0000-5a16-4000-8000-000000050002	active	50	medium	290000000.00	2025-07-15 00:00:00+00	\N	portal	{}	{}	2025-03-13 08:55:00.513+00	fabrication	\N	2025-03-10 09:17:00+00	2025-03-19 09:17:00.426583+00	7a1b0000-5a16-4000-8000-000000020002	7a1b0000-5a16-4000-8000-000000020003	rfq	portal	\N	\N	\N	\N
7a1b0000-5a16-4000-8000-000000040012	7a1b0000-5a16-4000-8000-000000010001	P-25040712	Rotor lobes (trial)	\N	7a1b0000-5a16-4000-8000-000000030006	7a1b0000-5a16-4000-8000-000000050001	on_hold	50	medium	30000000.00	2025-08-15 00:00:00+00	\N	email	{}	{}	2025-04-10 09:00:00.513+00	fabrication	Waiting for the customer's 3D model	2025-04-07 09:24:00+00	2025-04-16 09:24:00.426583+00	7a1b0000-5a16-4000-8000-000000020002	\N	rfq	portal	\N	57000.00	\N	\N
7a1b0000-5a16-4000-8000-000000040013	7a1b0000-5a16-4000-8000-000000010001	P-25041213	Freewheel hub, 3-speed	\N	7a1b0000-5a16-4000-8000-000000030007	7a1b0000-5a16-4000-8000-000000050003	active	50	medium	150000000.00	2025-09-15 00:00:00+00	\N	portal	{}	{}	2025-04-15 09:05:00.513+00	fabrication	\N	2025-04-12 09:31:00+00	2025-04-21 09:31:00.426583+00	7a1b0000-5a16-4000-8000-000000020002	7a1b0000-5a16-4000-8000-000000020003	rfq	portal	\N	\N	\N	\N
7a1b0000-5a16-4000-8000-000000040014	7a1b0000-5a16-4000-8000-000000010001	P-25042714	Bottom bracket axle	\N	7a1b0000-5a16-4000-8000-000000030007	7a1b0000-5a16-4000-8000-000000050002	active	50	medium	48000000.00	2025-10-15 00:00:00+00	\N	portal	{}	{}	2025-04-30 09:10:00.513+00	fabrication	\N	2025-04-27 09:38:00+00	2025-05-06 09:38:00.426583+00	7a1b0000-5a16-4000-8000-000000020002	\N	purchase_order	portal	\N	\N	\N	\N
7a1b0000-5a16-4000-8000-000000040015	7a1b0000-5a16-4000-8000-000000010001	P-25052715	Worm wheel, rice mill	\N	7a1b0000-5a16-4000-8000-000000030012	7a1b0000-5a16-4000-8000-000000050004	completed	50	medium	3500000.00	2025-11-15 00:00:00+00	\N	email	{}	{}	2025-05-30 09:15:00.513+00	fabrication	\N	2025-05-27 09:45:00.797344+00	2025-06-05 09:45:00.426583+00	7a1b0000-5a16-4000-8000-000000020002	7a1b0000-5a16-4000-8000-000000020003	direct_request	portal	\N	\N	\N	2025-06-01
7a1b0000-5a16-4000-8000-000000040016	7a1b0000-5a16-4000-8000-000000010001	P-25062616	Second worm wheel	\N	7a1b0000-5a16-4000-8000-000000030012	7a1b0000-5a16-4000-8000-000000050001	active	50	medium	3500000.00	2025-04-15 00:00:00+00	\N	portal	{}	{}	2025-06-29 09:20:00.513+00	fabrication	\N	2025-06-26 09:52:00.797344+00	2025-07-05 09:52:00.426583+00	7a1b0000-5a16-4000-8000-000000020002	\N	rfq	portal	\N	61000.00	\N	\N
7a1b0000-5a16-4000-8000-000000040017	7a1b0000-5a16-4000-8000-000000010001	P-2025090401	Derailleur cage, idea	\N	7a1b0000-5a16-4000-8000-000000030007	7a1b0000-5a16-4000-8000-000000050001	active	50	medium	\N	2025-05-15 00:00:00+00	\N	portal	{}	{}	2025-09-07 09:25:00.513+00	fabrication	\N	2025-09-04 09:59:00.797344+00	2025-09-13 09:59:00.426583+00	7a1b0000-5a16-4000-8000-000000020002	7a1b0000-5a16-4000-8000-000000020003	project_idea	portal	\N	\N	\N	\N
7a1b0000-5a16-4000-8000-000000040018	7a1b0000-5a16-4000-8000-000000010001	P-2025090402	demo rfq	feat: try the form\n\n- Change mode from 'onChange' to 'onSubmit'\n- Remove debug information\n	\N	7a1b0000-5a16-4000-8000-000000050001	active	50	medium	\N	2025-06-15 00:00:00+00	\N	email	{rfq,demo}	{}	2025-09-08 09:30:00.513+00		\N	2025-09-05 10:06:00.797344+00	2025-09-14 10:06:00.426583+00	7a1b0000-5a16-4000-8000-000000020002	\N	rfq	portal	\N	\N	\N	\N
\.


ALTER TABLE public.projects ENABLE TRIGGER ALL;

--
-- Data for Name: activity_log; Type: TABLE DATA; Schema: public; Owner: postgres
--

ALTER TABLE public.activity_log DISABLE TRIGGER ALL;

COPY public.activity_log (id, organization_id, user_id, entity_type, entity_id, action, description, old_values, new_values, metadata, ip_address, user_agent, created_at, project_id) FROM stdin;
7a1b0000-5a16-4000-8000-000000060001	7a1b0000-5a16-4000-8000-000000010001	7a1b0000-5a16-4000-8000-000000020002	contact	7a1b0000-5a16-4000-8000-000000030001	insert	Contact created	\N	{"id": "7a1b0000-5a16-4000-8000-000000030001", "company_name": "Hoang Gia Motors", "organization_id": "7a1b0000-5a16-4000-8000-000000010001"}	{}	203.0.113.1	Mozilla/5.0 (X11; Linux x86_64)	2025-01-30 08:01:00.001+00	\N
7a1b0000-5a16-4000-8000-000000060002	7a1b0000-5a16-4000-8000-000000010001	7a1b0000-5a16-4000-8000-000000020002	project	7a1b0000-5a16-4000-8000-000000040001	insert	Project created	\N	{"id": "7a1b0000-5a16-4000-8000-000000040001", "title": "Gearbox housing, 110 cc", "customer_id": "7a1b0000-5a16-4000-8000-000000030001"}	{}	203.0.113.2	\N	2025-01-30 08:02:00.002+00	7a1b0000-5a16-4000-8000-000000040001
7a1b0000-5a16-4000-8000-000000060003	7a1b0000-5a16-4000-8000-000000010001	7a1b0000-5a16-4000-8000-000000020002	project	7a1b0000-5a16-4000-8000-000000040001	stage_change	Quoted	{"current_stage_id": "7a1b0000-5a16-4000-8000-000000050002"}	{"current_stage_id": "7a1b0000-5a16-4000-8000-000000050003"}	{}	203.0.113.3	Mozilla/5.0 (X11; Linux x86_64)	2025-01-30 08:03:00.003+00	7a1b0000-5a16-4000-8000-000000040001
7a1b0000-5a16-4000-8000-000000060004	7a1b0000-5a16-4000-8000-000000010001	7a1b0000-5a16-4000-8000-000000020002	contact	7a1b0000-5a16-4000-8000-000000030005	update	Company set to 'MINH LONG PLASTICS CO. LTD'	{"company_name": null}	{"company_name": "MINH LONG PLASTICS CO. LTD"}	{}	\N	\N	2025-01-30 08:04:00.004+00	\N
7a1b0000-5a16-4000-8000-000000060005	7a1b0000-5a16-4000-8000-000000010001	7a1b0000-5a16-4000-8000-000000020002	project	7a1b0000-5a16-4000-8000-000000040018	insert	\N	\N	{"title": "demo rfq", "description": "Change mode from 'onChange' to 'onSubmit'\\n"}	{}	203.0.113.5	Mozilla/5.0 (X11; Linux x86_64)	2025-01-30 08:05:00.005+00	7a1b0000-5a16-4000-8000-000000040018
\.


ALTER TABLE public.activity_log ENABLE TRIGGER ALL;

--
-- PostgreSQL database dump complete
--

