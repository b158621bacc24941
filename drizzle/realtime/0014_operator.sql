CREATE TABLE "realtime_positions" (
	"channel" text NOT NULL,
	"user_id" text NOT NULL,
	"device_id" text NOT NULL,
	"epoch" text NOT NULL,
	"offset" bigint NOT NULL,
	"transport" text NOT NULL,
	"seen_at" timestamp with time zone NOT NULL,
	CONSTRAINT "realtime_positions_channel_user_id_device_id_pk" PRIMARY KEY("channel","user_id","device_id")
);
--> statement-breakpoint
CREATE TABLE "realtime_process_runs" (
	"id" text PRIMARY KEY NOT NULL,
	"started_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"seen_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"ended_at" timestamp with time zone,
	"version" text NOT NULL,
	"host" text NOT NULL,
	"pid" integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX "realtime_positions_user_idx" ON "realtime_positions" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "realtime_positions_age_idx" ON "realtime_positions" USING btree ("seen_at");--> statement-breakpoint
CREATE INDEX "realtime_process_runs_seen_idx" ON "realtime_process_runs" USING btree ("seen_at");