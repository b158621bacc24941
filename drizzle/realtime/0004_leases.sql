CREATE TABLE "realtime_lease_waiters" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "realtime_lease_waiters_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"name" text NOT NULL,
	"user_id" text NOT NULL,
	"session_id" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "realtime_lease_waiters_place" UNIQUE("name","user_id","session_id")
);
--> statement-breakpoint
CREATE TABLE "realtime_leases" (
	"name" text PRIMARY KEY NOT NULL,
	"token" bigint DEFAULT 0 NOT NULL,
	"user_id" text,
	"session_id" text,
	"expires_at" timestamp with time zone
);
--> statement-breakpoint
CREATE INDEX "realtime_lease_waiters_session_idx" ON "realtime_lease_waiters" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "realtime_leases_session_idx" ON "realtime_leases" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "realtime_leases_expiry_idx" ON "realtime_leases" USING btree ("expires_at");