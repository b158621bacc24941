CREATE TABLE "realtime_channel_openings" (
	"name" text PRIMARY KEY NOT NULL,
	"opened_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "realtime_cluster" (
	"id" integer PRIMARY KEY NOT NULL,
	"facts" jsonb NOT NULL,
	"written" text NOT NULL,
	"pending" jsonb,
	"renewed_to" text DEFAULT '' NOT NULL,
	"changed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "realtime_channel_openings_age_idx" ON "realtime_channel_openings" USING btree ("opened_at");