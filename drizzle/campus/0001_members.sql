CREATE TABLE "campus"."members" (
	"organization_id" text NOT NULL,
	"user_id" text NOT NULL,
	"role" text NOT NULL,
	CONSTRAINT "members_organization_id_user_id_pk" PRIMARY KEY("organization_id","user_id"),
	CONSTRAINT "members_role_check" CHECK ("campus"."members"."role" in ('reporter', 'staff', 'admin'))
);
--> statement-breakpoint
ALTER TABLE "campus"."members" ADD CONSTRAINT "members_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "campus"."organizations"("id") ON DELETE no action ON UPDATE no action;