-- For people who look at the views and change nothing: GRANT library_analyst TO somebody. Roles belong to the whole server;
-- where this user may not make them, the administrator can, and grant it the same.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'library_analyst') THEN
        CREATE ROLE library_analyst NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
    WHEN insufficient_privilege THEN RAISE NOTICE 'the role library_analyst could not be made';
END
$$;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'library_analyst') THEN
        GRANT USAGE ON SCHEMA "library" TO library_analyst;
        GRANT SELECT ON "library"."books", "library"."copies", "library"."reservations", "library"."history",
            "library"."demand_daily", "library"."notices", "library"."progress", "library"."dead_letters" TO library_analyst;
    END IF;
END
$$;
