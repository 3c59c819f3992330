-- Schema of the sample two-tenants
-- Invented sample, licence MIT. Types, tables, keys, indexes and triggers of the application, half migrated.
-- No row-level security. Load this first, then one of the two dumps.
--
-- Half migrated: the columns of an earlier run are there, and some organizations have an owner.
-- Left out, because rows break them on purpose: the foreign keys of users.organization_id,
-- organizations.owner_organization_id, contacts.organization_id, contacts.owner_organization_id,
-- projects.organization_id, projects.customer_id, projects.customer_organization_id and both columns
-- of project_contact_points, and any unique key on the latter.

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;

CREATE SCHEMA IF NOT EXISTS auth;

CREATE TYPE public.contact_type AS ENUM ('customer', 'supplier', 'partner', 'internal');
CREATE TYPE public.intake_type AS ENUM ('rfq', 'purchase_order', 'project_idea', 'direct_request');
CREATE TYPE public.priority_level AS ENUM ('low', 'medium', 'high', 'critical');
CREATE TYPE public.project_status AS ENUM ('active', 'completed', 'cancelled', 'on_hold');
CREATE TYPE public.subscription_plan AS ENUM ('starter', 'growth', 'enterprise');
CREATE TYPE public.user_role AS ENUM (
    'admin', 'management', 'sales', 'engineering', 'qa', 'production', 'procurement', 'supplier', 'customer'
);
CREATE TYPE public.user_status AS ENUM ('active', 'inactive', 'pending', 'suspended');

CREATE TABLE auth.users (
    instance_id uuid,
    id uuid NOT NULL,
    aud character varying(255),
    role character varying(255),
    email character varying(255),
    email_confirmed_at timestamp with time zone,
    raw_app_meta_data jsonb,
    raw_user_meta_data jsonb,
    is_super_admin boolean,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    is_anonymous boolean DEFAULT false NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id)
);

CREATE TABLE public.organizations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name character varying(255) NOT NULL,
    slug character varying(100) NOT NULL,
    domain character varying(255),
    logo_url text,
    description text,
    industry character varying(100),
    settings jsonb DEFAULT '{}'::jsonb,
    subscription_plan public.subscription_plan DEFAULT 'starter'::public.subscription_plan,
    is_active boolean DEFAULT true,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now(),
    website character varying(255),
    address text,
    city character varying(100),
    state character varying(100),
    country character varying(100),
    postal_code character varying(20),
    tax_id character varying(50),
    owner_organization_id uuid,
    CONSTRAINT organizations_pkey PRIMARY KEY (id),
    CONSTRAINT organizations_slug_key UNIQUE (slug)
);

CREATE TABLE public.users (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    email character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    role public.user_role NOT NULL,
    department character varying(100),
    phone character varying(50),
    avatar_url text,
    status public.user_status DEFAULT 'active'::public.user_status,
    description text,
    employee_id character varying(50),
    direct_manager_id uuid,
    direct_reports uuid[] DEFAULT '{}'::uuid[],
    last_login_at timestamp with time zone,
    preferences jsonb DEFAULT '{}'::jsonb,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now(),
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_key UNIQUE (email)
);

CREATE TABLE public.contacts (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    type public.contact_type NOT NULL,
    company_name character varying(255),
    contact_name character varying(255),
    email character varying(255),
    phone character varying(50),
    address text,
    city character varying(100),
    state character varying(100),
    country character varying(100),
    postal_code character varying(20),
    website character varying(255),
    tax_id character varying(50),
    payment_terms character varying(100),
    credit_limit numeric(15,2),
    is_active boolean DEFAULT true,
    notes text,
    metadata jsonb DEFAULT '{}'::jsonb,
    ai_category jsonb DEFAULT '{}'::jsonb,
    ai_capabilities text[] DEFAULT '{}'::text[],
    ai_risk_score numeric(5,2),
    ai_last_analyzed timestamp with time zone,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now(),
    created_by uuid,
    client_organization_id uuid,
    job_title character varying(100),
    role character varying(100),
    is_primary_contact boolean,
    description text,
    owner_organization_id uuid,
    customer_organization_id uuid,
    CONSTRAINT contacts_pkey PRIMARY KEY (id)
);

CREATE TABLE public.workflow_stages (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    name character varying(255) NOT NULL,
    slug character varying(100) NOT NULL,
    description text,
    color character varying(7),
    stage_order integer NOT NULL,
    is_active boolean DEFAULT true,
    exit_criteria text,
    responsible_roles public.user_role[] DEFAULT '{}'::public.user_role[],
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now(),
    estimated_duration_days integer DEFAULT 0,
    CONSTRAINT workflow_stages_pkey PRIMARY KEY (id),
    CONSTRAINT workflow_stages_organization_id_slug_key UNIQUE (organization_id, slug),
    CONSTRAINT workflow_stages_organization_id_stage_order_key UNIQUE (organization_id, stage_order)
);

CREATE TABLE public.projects (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    project_id character varying(50) NOT NULL,
    title character varying(255) NOT NULL,
    description text,
    customer_id uuid,
    current_stage_id uuid,
    status public.project_status DEFAULT 'active'::public.project_status,
    priority_score integer DEFAULT 50,
    priority_level public.priority_level DEFAULT 'medium'::public.priority_level,
    estimated_value numeric(15,2),
    estimated_delivery_date timestamp with time zone,
    actual_delivery_date timestamp with time zone,
    source character varying(50) DEFAULT 'manual'::character varying,
    tags text[] DEFAULT '{}'::text[],
    metadata jsonb DEFAULT '{}'::jsonb,
    stage_entered_at timestamp with time zone DEFAULT now(),
    project_type character varying(100),
    notes text,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now(),
    created_by uuid,
    assigned_to uuid,
    intake_type public.intake_type,
    intake_source character varying(50) DEFAULT 'portal'::character varying,
    volume jsonb,
    target_price_per_unit numeric(15,2),
    project_reference text,
    desired_delivery_date date,
    customer_organization_id uuid,
    CONSTRAINT projects_pkey PRIMARY KEY (id),
    CONSTRAINT projects_project_id_key UNIQUE (project_id)
);

CREATE TABLE public.project_contact_points (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    project_id uuid,
    contact_id uuid,
    role character varying(50),
    is_primary boolean DEFAULT false,
    created_at timestamp with time zone DEFAULT now(),
    CONSTRAINT project_contact_points_pkey PRIMARY KEY (id)
);

CREATE TABLE public.activity_log (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    user_id uuid,
    entity_type character varying(50) NOT NULL,
    entity_id uuid NOT NULL,
    action character varying(100) NOT NULL,
    description text,
    old_values jsonb,
    new_values jsonb,
    metadata jsonb DEFAULT '{}'::jsonb,
    ip_address inet,
    user_agent text,
    created_at timestamp with time zone DEFAULT now(),
    project_id uuid,
    CONSTRAINT activity_log_pkey PRIMARY KEY (id)
);

CREATE INDEX idx_users_organization_id ON public.users USING btree (organization_id);
CREATE INDEX idx_users_role ON public.users USING btree (role);
CREATE INDEX idx_contacts_organization_id ON public.contacts USING btree (organization_id);
CREATE INDEX idx_contacts_type ON public.contacts USING btree (type);
CREATE INDEX idx_contacts_company_name ON public.contacts USING btree (company_name);
CREATE INDEX idx_contacts_email ON public.contacts USING btree (email);
CREATE INDEX idx_contacts_is_active ON public.contacts USING btree (is_active);
CREATE INDEX idx_projects_organization_id ON public.projects USING btree (organization_id);
CREATE INDEX idx_projects_customer_id ON public.projects USING btree (customer_id);
CREATE INDEX idx_projects_current_stage_id ON public.projects USING btree (current_stage_id);
CREATE INDEX idx_projects_status ON public.projects USING btree (status);
CREATE INDEX idx_projects_created_at ON public.projects USING btree (created_at);
CREATE INDEX idx_activity_log_organization_id ON public.activity_log USING btree (organization_id);
CREATE INDEX idx_activity_log_entity ON public.activity_log USING btree (entity_type, entity_id);
CREATE INDEX idx_organizations_owner ON public.organizations USING btree (owner_organization_id);
CREATE INDEX idx_projects_customer_organization_id ON public.projects USING btree (customer_organization_id);
CREATE INDEX idx_project_contact_points_project_id ON public.project_contact_points USING btree (project_id);
CREATE INDEX idx_project_contact_points_contact_id ON public.project_contact_points USING btree (contact_id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_id_fkey FOREIGN KEY (id) REFERENCES auth.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_direct_manager_id_fkey FOREIGN KEY (direct_manager_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.users(id);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_client_organization_id_fkey FOREIGN KEY (client_organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.workflow_stages
    ADD CONSTRAINT workflow_stages_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_current_stage_id_fkey FOREIGN KEY (current_stage_id) REFERENCES public.workflow_stages(id);

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.users(id);

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_assigned_to_fkey FOREIGN KEY (assigned_to) REFERENCES public.users(id);

ALTER TABLE ONLY public.activity_log
    ADD CONSTRAINT activity_log_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.activity_log
    ADD CONSTRAINT activity_log_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.activity_log
    ADD CONSTRAINT activity_log_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE SET NULL;

CREATE FUNCTION public.update_updated_at_column() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END;
$$;

CREATE FUNCTION public.generate_project_id() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    stem text := 'P-' || to_char(now(), 'YYMMDD');
    counter integer;
BEGIN
    IF NEW.project_id IS NULL OR NEW.project_id = '' THEN
        SELECT coalesce(max(substring(project_id FROM 9)::integer), 0) + 1 INTO counter
        FROM public.projects WHERE project_id ~ ('^' || stem || '[0-9]+$');
        NEW.project_id := stem || lpad(counter::text, 2, '0');
    END IF;
    RETURN NEW;
END;
$$;

-- Files every change under the organization_id of the new row, and keeps only the new row.
CREATE FUNCTION public.log_activity() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
DECLARE
    changed record;
BEGIN
    IF TG_OP = 'DELETE' THEN
        changed := OLD;
    ELSE
        changed := NEW;
    END IF;
    INSERT INTO public.activity_log (organization_id, entity_type, entity_id, action, new_values, project_id)
    VALUES (
        changed.organization_id,
        TG_TABLE_NAME,
        changed.id,
        lower(TG_OP),
        CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE to_jsonb(NEW) END,
        CASE WHEN TG_TABLE_NAME = 'projects' THEN changed.id END
    );
    RETURN changed;
END;
$$;

CREATE TRIGGER update_organizations_updated_at BEFORE UPDATE ON public.organizations
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
CREATE TRIGGER update_users_updated_at BEFORE UPDATE ON public.users
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
CREATE TRIGGER update_contacts_updated_at BEFORE UPDATE ON public.contacts
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
CREATE TRIGGER update_projects_updated_at BEFORE UPDATE ON public.projects
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
CREATE TRIGGER generate_project_id BEFORE INSERT ON public.projects
    FOR EACH ROW EXECUTE FUNCTION public.generate_project_id();
CREATE TRIGGER log_contacts_activity AFTER INSERT OR DELETE OR UPDATE ON public.contacts
    FOR EACH ROW EXECUTE FUNCTION public.log_activity();
CREATE TRIGGER log_projects_activity AFTER INSERT OR DELETE OR UPDATE ON public.projects
    FOR EACH ROW EXECUTE FUNCTION public.log_activity();
