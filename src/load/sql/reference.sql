-- The reference schema: the application's tables, keys, indexes and triggers before the migration.
-- Purpose: a rehearsal from a source without a schema of its own. Run as one script.
-- Parameters: :schema, the schema of the tables, made if it is not there.
-- Left out: policies; the login table that users.id refers to.

CREATE SCHEMA IF NOT EXISTS :schema;

CREATE TYPE :schema.contact_type AS ENUM ('customer', 'supplier', 'partner', 'internal');
CREATE TYPE :schema.intake_type AS ENUM ('rfq', 'purchase_order', 'project_idea', 'direct_request');
CREATE TYPE :schema.priority_level AS ENUM ('low', 'medium', 'high', 'critical');
CREATE TYPE :schema.project_status AS ENUM ('active', 'completed', 'cancelled', 'on_hold');
CREATE TYPE :schema.subscription_plan AS ENUM ('starter', 'growth', 'enterprise');
CREATE TYPE :schema.user_role AS ENUM (
    'admin', 'management', 'sales', 'engineering', 'qa', 'production', 'procurement', 'supplier', 'customer'
);
CREATE TYPE :schema.user_status AS ENUM ('active', 'inactive', 'pending', 'suspended');

CREATE TABLE :schema.organizations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name character varying(255) NOT NULL,
    slug character varying(100) NOT NULL,
    domain character varying(255),
    logo_url text,
    description text,
    industry character varying(100),
    settings jsonb DEFAULT '{}'::jsonb,
    subscription_plan :schema.subscription_plan DEFAULT 'starter':::schema.subscription_plan,
    is_active boolean DEFAULT true,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now(),
    CONSTRAINT organizations_pkey PRIMARY KEY (id),
    CONSTRAINT organizations_slug_key UNIQUE (slug)
);

CREATE TABLE :schema.users (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    email character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    role :schema.user_role NOT NULL,
    department character varying(100),
    phone character varying(50),
    avatar_url text,
    status :schema.user_status DEFAULT 'active':::schema.user_status,
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

CREATE TABLE :schema.contacts (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    type :schema.contact_type NOT NULL,
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
    CONSTRAINT contacts_pkey PRIMARY KEY (id)
);

CREATE TABLE :schema.workflow_stages (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    name character varying(255) NOT NULL,
    slug character varying(100) NOT NULL,
    description text,
    color character varying(7),
    stage_order integer NOT NULL,
    is_active boolean DEFAULT true,
    exit_criteria text,
    responsible_roles :schema.user_role[] DEFAULT '{}':::schema.user_role[],
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now(),
    estimated_duration_days integer DEFAULT 0,
    CONSTRAINT workflow_stages_pkey PRIMARY KEY (id),
    CONSTRAINT workflow_stages_organization_id_slug_key UNIQUE (organization_id, slug),
    CONSTRAINT workflow_stages_organization_id_stage_order_key UNIQUE (organization_id, stage_order)
);

CREATE TABLE :schema.projects (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid NOT NULL,
    project_id character varying(50) NOT NULL,
    title character varying(255) NOT NULL,
    description text,
    customer_id uuid,
    current_stage_id uuid,
    status :schema.project_status DEFAULT 'active':::schema.project_status,
    priority_score integer DEFAULT 50,
    priority_level :schema.priority_level DEFAULT 'medium':::schema.priority_level,
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
    intake_type :schema.intake_type,
    intake_source character varying(50) DEFAULT 'portal'::character varying,
    volume jsonb,
    target_price_per_unit numeric(15,2),
    project_reference text,
    desired_delivery_date date,
    CONSTRAINT projects_pkey PRIMARY KEY (id),
    CONSTRAINT projects_project_id_key UNIQUE (project_id)
);

CREATE TABLE :schema.activity_log (
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

CREATE INDEX idx_users_organization_id ON :schema.users USING btree (organization_id);
CREATE INDEX idx_users_role ON :schema.users USING btree (role);
CREATE INDEX idx_contacts_organization_id ON :schema.contacts USING btree (organization_id);
CREATE INDEX idx_contacts_type ON :schema.contacts USING btree (type);
CREATE INDEX idx_contacts_company_name ON :schema.contacts USING btree (company_name);
CREATE INDEX idx_contacts_email ON :schema.contacts USING btree (email);
CREATE INDEX idx_contacts_is_active ON :schema.contacts USING btree (is_active);
CREATE INDEX idx_projects_organization_id ON :schema.projects USING btree (organization_id);
CREATE INDEX idx_projects_customer_id ON :schema.projects USING btree (customer_id);
CREATE INDEX idx_projects_current_stage_id ON :schema.projects USING btree (current_stage_id);
CREATE INDEX idx_projects_status ON :schema.projects USING btree (status);
CREATE INDEX idx_projects_created_at ON :schema.projects USING btree (created_at);
CREATE INDEX idx_activity_log_organization_id ON :schema.activity_log USING btree (organization_id);
CREATE INDEX idx_activity_log_entity ON :schema.activity_log USING btree (entity_type, entity_id);

ALTER TABLE ONLY :schema.users
    ADD CONSTRAINT users_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES :schema.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY :schema.users
    ADD CONSTRAINT users_direct_manager_id_fkey FOREIGN KEY (direct_manager_id) REFERENCES :schema.users(id);

ALTER TABLE ONLY :schema.contacts
    ADD CONSTRAINT contacts_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES :schema.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY :schema.contacts
    ADD CONSTRAINT contacts_created_by_fkey FOREIGN KEY (created_by) REFERENCES :schema.users(id);

ALTER TABLE ONLY :schema.contacts
    ADD CONSTRAINT contacts_client_organization_id_fkey FOREIGN KEY (client_organization_id) REFERENCES :schema.organizations(id);

ALTER TABLE ONLY :schema.workflow_stages
    ADD CONSTRAINT workflow_stages_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES :schema.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY :schema.projects
    ADD CONSTRAINT projects_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES :schema.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY :schema.projects
    ADD CONSTRAINT projects_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES :schema.contacts(id);

ALTER TABLE ONLY :schema.projects
    ADD CONSTRAINT projects_current_stage_id_fkey FOREIGN KEY (current_stage_id) REFERENCES :schema.workflow_stages(id);

ALTER TABLE ONLY :schema.projects
    ADD CONSTRAINT projects_created_by_fkey FOREIGN KEY (created_by) REFERENCES :schema.users(id);

ALTER TABLE ONLY :schema.projects
    ADD CONSTRAINT projects_assigned_to_fkey FOREIGN KEY (assigned_to) REFERENCES :schema.users(id);

ALTER TABLE ONLY :schema.activity_log
    ADD CONSTRAINT activity_log_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES :schema.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY :schema.activity_log
    ADD CONSTRAINT activity_log_user_id_fkey FOREIGN KEY (user_id) REFERENCES :schema.users(id);

ALTER TABLE ONLY :schema.activity_log
    ADD CONSTRAINT activity_log_project_id_fkey FOREIGN KEY (project_id) REFERENCES :schema.projects(id) ON DELETE SET NULL;

CREATE FUNCTION :schema.update_updated_at_column() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END;
$$;

CREATE FUNCTION :schema.generate_project_id() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    stem text := 'P-' || to_char(now(), 'YYMMDD');
    counter integer;
BEGIN
    IF NEW.project_id IS NULL OR NEW.project_id = '' THEN
        SELECT coalesce(max(substring(project_id FROM 9)::integer), 0) + 1 INTO counter
        FROM :schema.projects WHERE project_id ~ ('^' || stem || '[0-9]+$');
        NEW.project_id := stem || lpad(counter::text, 2, '0');
    END IF;
    RETURN NEW;
END;
$$;

-- Files every change under the organization_id of the new row, and keeps only the new row.
CREATE FUNCTION :schema.log_activity() RETURNS trigger
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
    INSERT INTO :schema.activity_log (organization_id, entity_type, entity_id, action, new_values, project_id)
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

CREATE TRIGGER update_organizations_updated_at BEFORE UPDATE ON :schema.organizations
    FOR EACH ROW EXECUTE FUNCTION :schema.update_updated_at_column();
CREATE TRIGGER update_users_updated_at BEFORE UPDATE ON :schema.users
    FOR EACH ROW EXECUTE FUNCTION :schema.update_updated_at_column();
CREATE TRIGGER update_contacts_updated_at BEFORE UPDATE ON :schema.contacts
    FOR EACH ROW EXECUTE FUNCTION :schema.update_updated_at_column();
CREATE TRIGGER update_projects_updated_at BEFORE UPDATE ON :schema.projects
    FOR EACH ROW EXECUTE FUNCTION :schema.update_updated_at_column();
CREATE TRIGGER generate_project_id BEFORE INSERT ON :schema.projects
    FOR EACH ROW EXECUTE FUNCTION :schema.generate_project_id();
CREATE TRIGGER log_contacts_activity AFTER INSERT OR DELETE OR UPDATE ON :schema.contacts
    FOR EACH ROW EXECUTE FUNCTION :schema.log_activity();
CREATE TRIGGER log_projects_activity AFTER INSERT OR DELETE OR UPDATE ON :schema.projects
    FOR EACH ROW EXECUTE FUNCTION :schema.log_activity();
