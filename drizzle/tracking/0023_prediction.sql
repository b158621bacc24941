CREATE TABLE "realtime_predictions" (
	"name" text PRIMARY KEY NOT NULL,
	"learned_until" timestamp(3) with time zone NOT NULL,
	"learned" bigint NOT NULL,
	"weights" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "realtime_reading_groups" (
	"tenant_id" text NOT NULL,
	"method" text NOT NULL,
	"role" text NOT NULL,
	"hour_of_week" smallint NOT NULL,
	"sent" double precision NOT NULL,
	"read" double precision NOT NULL,
	"learned_on" date NOT NULL,
	"late_hours" double precision NOT NULL,
	CONSTRAINT "realtime_reading_groups_tenant_id_method_role_hour_of_week_pk" PRIMARY KEY("tenant_id","method","role","hour_of_week"),
	CONSTRAINT "realtime_reading_groups_hour" CHECK ("realtime_reading_groups"."hour_of_week" between 0 and 167)
);
--> statement-breakpoint
CREATE TABLE "realtime_reading_hours" (
	"user_id" text NOT NULL,
	"method" text NOT NULL,
	"hour_of_week" smallint NOT NULL,
	"sent" double precision NOT NULL,
	"read" double precision NOT NULL,
	"learned_on" date NOT NULL,
	CONSTRAINT "realtime_reading_hours_user_id_method_hour_of_week_pk" PRIMARY KEY("user_id","method","hour_of_week"),
	CONSTRAINT "realtime_reading_hours_hour" CHECK ("realtime_reading_hours"."hour_of_week" between 0 and 167)
);
--> statement-breakpoint
DROP INDEX "realtime_delivery_attempts_age_idx";--> statement-breakpoint
ALTER TABLE "realtime_event_deliveries" ADD COLUMN "planned_method" text;--> statement-breakpoint
CREATE INDEX "realtime_reading_groups_age_idx" ON "realtime_reading_groups" USING btree ("learned_on");--> statement-breakpoint
CREATE INDEX "realtime_reading_hours_age_idx" ON "realtime_reading_hours" USING btree ("learned_on");--> statement-breakpoint
CREATE INDEX "realtime_delivery_attempts_started_idx" ON "realtime_delivery_attempts" USING btree ("started_at");