CREATE TABLE "realtime_contacts" (
	"user_id" text PRIMARY KEY NOT NULL,
	"phone" text,
	"updated_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "realtime_sms_counts" (
	"day" date NOT NULL,
	"user_id" text NOT NULL,
	"count" integer NOT NULL,
	CONSTRAINT "realtime_sms_counts_day_user_id_pk" PRIMARY KEY("day","user_id")
);
--> statement-breakpoint
CREATE TABLE "realtime_sms_jobs" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"attempt_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"user_id" text NOT NULL,
	"tenant_id" text NOT NULL,
	"phone" text NOT NULL,
	"body" text NOT NULL,
	"priority_rank" smallint NOT NULL,
	"status" text DEFAULT 'queued' NOT NULL,
	"gateway" text,
	"takes" smallint DEFAULT 0 NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"due_at" timestamp(3) with time zone,
	"error" text,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"finished_at" timestamp(3) with time zone,
	CONSTRAINT "realtime_sms_jobs_status_check" CHECK ("realtime_sms_jobs"."status" in ('queued', 'taken', 'sent', 'delivered', 'failed', 'cancelled'))
);
--> statement-breakpoint
CREATE TABLE "realtime_sms_stops" (
	"phone" text PRIMARY KEY NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "realtime_delivery_attempts" DROP CONSTRAINT "realtime_delivery_attempts_report_check";--> statement-breakpoint
ALTER TABLE "realtime_sms_jobs" ADD CONSTRAINT "realtime_sms_jobs_attempt_id_realtime_delivery_attempts_id_fk" FOREIGN KEY ("attempt_id") REFERENCES "public"."realtime_delivery_attempts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "realtime_sms_jobs_delivery_key" ON "realtime_sms_jobs" USING btree ("event_id","user_id") WHERE "realtime_sms_jobs"."status" <> 'failed';--> statement-breakpoint
CREATE INDEX "realtime_sms_jobs_attempt_idx" ON "realtime_sms_jobs" USING btree ("attempt_id");--> statement-breakpoint
CREATE INDEX "realtime_sms_jobs_queue_idx" ON "realtime_sms_jobs" USING btree ("tenant_id","priority_rank" DESC NULLS FIRST,"created_at") WHERE "realtime_sms_jobs"."status" = 'queued';--> statement-breakpoint
CREATE INDEX "realtime_sms_jobs_due_idx" ON "realtime_sms_jobs" USING btree ("due_at") WHERE "realtime_sms_jobs"."due_at" is not null;--> statement-breakpoint
CREATE INDEX "realtime_delivery_attempts_age_idx" ON "realtime_delivery_attempts" USING brin ("started_at");--> statement-breakpoint
ALTER TABLE "realtime_delivery_attempts" ADD CONSTRAINT "realtime_delivery_attempts_report_check" CHECK ("realtime_delivery_attempts"."report" in ('sent', 'delivered', 'failed', 'cancelled'));