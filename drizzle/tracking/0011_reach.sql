CREATE TABLE "realtime_delivery_attempts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"event_id" uuid NOT NULL,
	"user_id" text NOT NULL,
	"tenant_id" text,
	"method" text NOT NULL,
	"attempt" smallint NOT NULL,
	"started_at" timestamp(3) with time zone NOT NULL,
	"ended_at" timestamp(3) with time zone,
	"outcome" text,
	"error" text,
	"provider_id" text,
	"report" text,
	"reported_at" timestamp(3) with time zone,
	"segments" smallint,
	"cost" double precision,
	CONSTRAINT "realtime_delivery_attempts_outcome_check" CHECK ("realtime_delivery_attempts"."outcome" in ('taken', 'later', 'never')),
	CONSTRAINT "realtime_delivery_attempts_report_check" CHECK ("realtime_delivery_attempts"."report" in ('sent', 'delivered', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "realtime_devices" (
	"token" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"platform" text NOT NULL,
	"app_version" text,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"seen_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "realtime_devices_platform_check" CHECK ("realtime_devices"."platform" in ('android', 'ios', 'web'))
);
--> statement-breakpoint
ALTER TABLE "realtime_delivery_attempts" ADD CONSTRAINT "realtime_delivery_attempts_delivery_fk" FOREIGN KEY ("event_id","user_id") REFERENCES "public"."realtime_event_deliveries"("event_id","user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "realtime_delivery_attempts_delivery_idx" ON "realtime_delivery_attempts" USING btree ("event_id","user_id","started_at");--> statement-breakpoint
CREATE INDEX "realtime_delivery_attempts_provider_idx" ON "realtime_delivery_attempts" USING btree ("provider_id") WHERE "realtime_delivery_attempts"."provider_id" is not null;--> statement-breakpoint
CREATE INDEX "realtime_devices_user_idx" ON "realtime_devices" USING btree ("user_id","seen_at");