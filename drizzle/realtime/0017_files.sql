CREATE TABLE "realtime_files" (
	"id" uuid PRIMARY KEY NOT NULL,
	"channel" text NOT NULL,
	"owner_id" text,
	"name" text NOT NULL,
	"mime_type" text NOT NULL,
	"size" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"upload_until" timestamp with time zone NOT NULL,
	"completed_at" timestamp with time zone,
	"attached_to" text,
	"publication_offset" bigint,
	"removed_at" timestamp with time zone,
	"due_at" timestamp with time zone
);
--> statement-breakpoint
CREATE INDEX "realtime_files_due_idx" ON "realtime_files" USING btree ("due_at") WHERE "realtime_files"."due_at" is not null;--> statement-breakpoint
CREATE INDEX "realtime_files_owner_idx" ON "realtime_files" USING btree ("owner_id","created_at");--> statement-breakpoint
CREATE INDEX "realtime_files_attached_idx" ON "realtime_files" USING btree ("channel","attached_to") WHERE "realtime_files"."attached_to" is not null;