CREATE TABLE "realtime_removed_counts" (
	"fact" text NOT NULL,
	"measure" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"tenant_id" text DEFAULT '' NOT NULL,
	"role" text DEFAULT '' NOT NULL,
	"event_type" text DEFAULT '' NOT NULL,
	"method" text DEFAULT '' NOT NULL,
	"detail" text DEFAULT '' NOT NULL,
	"value" double precision NOT NULL,
	CONSTRAINT "realtime_removed_counts_fact_measure_at_tenant_id_role_event_type_method_detail_pk" PRIMARY KEY("fact","measure","at","tenant_id","role","event_type","method","detail")
);
--> statement-breakpoint
CREATE INDEX "realtime_removed_counts_age_idx" ON "realtime_removed_counts" USING btree ("at");