CREATE SCHEMA "school";
--> statement-breakpoint
CREATE TABLE "school"."director_access" (
	"user_id" text NOT NULL,
	"school_id" text NOT NULL,
	CONSTRAINT "director_access_user_id_school_id_pk" PRIMARY KEY("user_id","school_id")
);
--> statement-breakpoint
CREATE TABLE "school"."schools" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "school"."users" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"school_id" text,
	"is_active" boolean DEFAULT true NOT NULL,
	CONSTRAINT "users_role_check" CHECK ("school"."users"."role" in ('parent', 'student', 'teacher', 'finance_manager', 'principal', 'school_director', 'super_admin')),
	CONSTRAINT "users_school_check" CHECK (("school"."users"."school_id" is null) = ("school"."users"."role" in ('school_director', 'super_admin')))
);
--> statement-breakpoint
ALTER TABLE "school"."director_access" ADD CONSTRAINT "director_access_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "school"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "school"."director_access" ADD CONSTRAINT "director_access_school_id_schools_id_fk" FOREIGN KEY ("school_id") REFERENCES "school"."schools"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "school"."users" ADD CONSTRAINT "users_school_id_schools_id_fk" FOREIGN KEY ("school_id") REFERENCES "school"."schools"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "director_access_school_idx" ON "school"."director_access" USING btree ("school_id");--> statement-breakpoint
CREATE INDEX "users_school_role_idx" ON "school"."users" USING btree ("school_id","role");