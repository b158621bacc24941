CREATE TABLE "realtime_preferences" (
	"user_id" text NOT NULL,
	"event_type" text NOT NULL,
	"method" text NOT NULL,
	"choice" text NOT NULL,
	CONSTRAINT "realtime_preferences_user_id_event_type_method_pk" PRIMARY KEY("user_id","event_type","method"),
	CONSTRAINT "realtime_preferences_choice_check" CHECK ("realtime_preferences"."choice" in ('now', 'digest', 'off'))
);
--> statement-breakpoint
ALTER TABLE "realtime_contacts" ADD COLUMN "time_zone" text;--> statement-breakpoint
ALTER TABLE "realtime_contacts" ADD COLUMN "quiet_from" smallint;--> statement-breakpoint
ALTER TABLE "realtime_contacts" ADD COLUMN "quiet_to" smallint;--> statement-breakpoint
ALTER TABLE "realtime_contacts" ADD COLUMN "digest_minute" smallint;--> statement-breakpoint
ALTER TABLE "realtime_event_deliveries" ADD COLUMN "escalates" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "realtime_event_deliveries" ADD COLUMN "escalates_at" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "realtime_event_deliveries" ADD COLUMN "escalations" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "realtime_event_deliveries" ADD COLUMN "in_digest" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "realtime_event_deliveries" ADD COLUMN "spared" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "realtime_event_types" ADD COLUMN "escalation" jsonb;--> statement-breakpoint
CREATE INDEX "realtime_event_deliveries_escalating_idx" ON "realtime_event_deliveries" USING btree ("escalates_at") WHERE "realtime_event_deliveries"."escalates_at" is not null;--> statement-breakpoint
CREATE INDEX "realtime_event_deliveries_digest_idx" ON "realtime_event_deliveries" USING btree ("next_attempt_at") WHERE "realtime_event_deliveries"."in_digest";--> statement-breakpoint
ALTER TABLE "realtime_contacts" ADD CONSTRAINT "realtime_contacts_quiet" CHECK (("realtime_contacts"."quiet_from" is null) = ("realtime_contacts"."quiet_to" is null));--> statement-breakpoint
ALTER TABLE "realtime_contacts" ADD CONSTRAINT "realtime_contacts_minutes" CHECK ("realtime_contacts"."quiet_from" between 0 and 1439 and "realtime_contacts"."quiet_to" between 0 and 1439 and "realtime_contacts"."digest_minute" between 0 and 1439);