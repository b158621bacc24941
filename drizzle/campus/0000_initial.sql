CREATE SCHEMA "campus";
--> statement-breakpoint
CREATE TABLE "campus"."buildings" (
	"id" text PRIMARY KEY DEFAULT gen_random_uuid()::text NOT NULL,
	"campus_id" text NOT NULL,
	"name" text NOT NULL,
	"lat" double precision NOT NULL,
	"lng" double precision NOT NULL,
	CONSTRAINT "buildings_of_campus" UNIQUE("campus_id","id"),
	CONSTRAINT "buildings_id_check" CHECK ("campus"."buildings"."id" ~ '^[A-Za-z0-9_.~-]{1,100}$')
);
--> statement-breakpoint
CREATE TABLE "campus"."campuses" (
	"id" text PRIMARY KEY DEFAULT gen_random_uuid()::text NOT NULL,
	"organization_id" text NOT NULL,
	"name" text NOT NULL,
	"lat" double precision NOT NULL,
	"lng" double precision NOT NULL,
	CONSTRAINT "campuses_of_organization" UNIQUE("organization_id","id"),
	CONSTRAINT "campuses_id_check" CHECK ("campus"."campuses"."id" ~ '^[A-Za-z0-9_.~-]{1,100}$')
);
--> statement-breakpoint
CREATE TABLE "campus"."issues" (
	"id" text PRIMARY KEY DEFAULT gen_random_uuid()::text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"organization_id" text NOT NULL,
	"campus_id" text NOT NULL,
	"building_id" text,
	"title" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"category" text DEFAULT 'other' NOT NULL,
	"priority" text DEFAULT 'medium' NOT NULL,
	"severity" text DEFAULT 'medium' NOT NULL,
	"status" text DEFAULT 'open' NOT NULL,
	"lat" double precision NOT NULL,
	"lng" double precision NOT NULL,
	"reported_by" text NOT NULL,
	"assignee_id" text,
	"resolution" text,
	"resolved_by" text,
	"resolved_at" timestamp(3) with time zone,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "issues_priority_check" CHECK ("campus"."issues"."priority" in ('low', 'medium', 'high', 'critical')),
	CONSTRAINT "issues_severity_check" CHECK ("campus"."issues"."severity" in ('low', 'medium', 'high', 'critical')),
	CONSTRAINT "issues_status_check" CHECK ("campus"."issues"."status" in ('open', 'in_progress', 'resolved'))
);
--> statement-breakpoint
CREATE TABLE "campus"."organizations" (
	"id" text PRIMARY KEY DEFAULT gen_random_uuid()::text NOT NULL,
	"name" text NOT NULL,
	CONSTRAINT "organizations_id_check" CHECK ("campus"."organizations"."id" ~ '^[A-Za-z0-9_.~-]{1,100}$')
);
--> statement-breakpoint
ALTER TABLE "campus"."buildings" ADD CONSTRAINT "buildings_campus_id_campuses_id_fk" FOREIGN KEY ("campus_id") REFERENCES "campus"."campuses"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "campus"."campuses" ADD CONSTRAINT "campuses_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "campus"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "campus"."issues" ADD CONSTRAINT "issues_campus_of_organization" FOREIGN KEY ("organization_id","campus_id") REFERENCES "campus"."campuses"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "campus"."issues" ADD CONSTRAINT "issues_building_of_campus" FOREIGN KEY ("campus_id","building_id") REFERENCES "campus"."buildings"("campus_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "issues_latest_idx" ON "campus"."issues" USING btree ("organization_id","updated_at");--> statement-breakpoint
CREATE INDEX "issues_unresolved_idx" ON "campus"."issues" USING btree ("organization_id") WHERE "campus"."issues"."status" <> 'resolved';