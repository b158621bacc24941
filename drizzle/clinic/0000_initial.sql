CREATE SCHEMA "clinic";
--> statement-breakpoint
CREATE TABLE "clinic"."cases" (
	"id" text PRIMARY KEY DEFAULT gen_random_uuid()::text NOT NULL,
	"status" text DEFAULT 'NEW' NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"worker_id" text NOT NULL,
	"patient_name" text NOT NULL,
	"complaint" text NOT NULL,
	"village" text,
	"priority" text DEFAULT 'routine' NOT NULL,
	"updated_by" text NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "clinic"."messages" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "clinic"."messages_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"case_id" text NOT NULL,
	"author_id" text NOT NULL,
	"author_role" text NOT NULL,
	"body" text NOT NULL,
	"reply_to" uuid,
	"attachments" json DEFAULT '[]'::json NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"edited_at" timestamp(3) with time zone,
	"deleted_at" timestamp(3) with time zone,
	CONSTRAINT "messages_of_case" UNIQUE("case_id","id")
);
--> statement-breakpoint
CREATE TABLE "clinic"."notifications" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" text NOT NULL,
	"title" text NOT NULL,
	"message" text NOT NULL,
	"case_id" text,
	"sent_by" text NOT NULL,
	"read_at" timestamp(3) with time zone,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "clinic"."reactions" (
	"message_id" uuid NOT NULL,
	"user_id" text NOT NULL,
	"emoji" text NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "reactions_message_id_user_id_emoji_pk" PRIMARY KEY("message_id","user_id","emoji")
);
--> statement-breakpoint
CREATE TABLE "clinic"."receipts" (
	"case_id" text NOT NULL,
	"user_id" text NOT NULL,
	"message_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"read_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "receipts_case_id_user_id_pk" PRIMARY KEY("case_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "clinic"."reviews" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"case_id" text NOT NULL,
	"clinician_id" text NOT NULL,
	"assessment" text NOT NULL,
	"advice" text,
	"status" text NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "clinic"."messages" ADD CONSTRAINT "messages_case_id_cases_id_fk" FOREIGN KEY ("case_id") REFERENCES "clinic"."cases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clinic"."messages" ADD CONSTRAINT "messages_reply_in_case" FOREIGN KEY ("case_id","reply_to") REFERENCES "clinic"."messages"("case_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clinic"."notifications" ADD CONSTRAINT "notifications_case_id_cases_id_fk" FOREIGN KEY ("case_id") REFERENCES "clinic"."cases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clinic"."reactions" ADD CONSTRAINT "reactions_message_id_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "clinic"."messages"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clinic"."receipts" ADD CONSTRAINT "receipts_message_in_case" FOREIGN KEY ("case_id","message_id") REFERENCES "clinic"."messages"("case_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clinic"."reviews" ADD CONSTRAINT "reviews_case_id_cases_id_fk" FOREIGN KEY ("case_id") REFERENCES "clinic"."cases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "cases_updated_idx" ON "clinic"."cases" USING btree ("updated_at");--> statement-breakpoint
CREATE INDEX "cases_worker_idx" ON "clinic"."cases" USING btree ("worker_id","updated_at");--> statement-breakpoint
CREATE INDEX "messages_history_idx" ON "clinic"."messages" USING btree ("case_id","seq");--> statement-breakpoint
CREATE INDEX "messages_thread_idx" ON "clinic"."messages" USING btree ("reply_to");--> statement-breakpoint
CREATE INDEX "notifications_user_idx" ON "clinic"."notifications" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "notifications_unread_idx" ON "clinic"."notifications" USING btree ("user_id") WHERE "clinic"."notifications"."read_at" is null;--> statement-breakpoint
CREATE INDEX "reviews_case_idx" ON "clinic"."reviews" USING btree ("case_id","created_at");