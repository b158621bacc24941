CREATE TABLE "realtime_namespaces" (
	"name" text PRIMARY KEY NOT NULL,
	"segments" integer NOT NULL,
	"seen_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "realtime_dead_letters" ADD COLUMN "is_reported" boolean DEFAULT true NOT NULL;--> statement-breakpoint
CREATE INDEX "realtime_dead_letters_unreported_idx" ON "realtime_dead_letters" USING btree ("id") WHERE not "realtime_dead_letters"."is_reported";