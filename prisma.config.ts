import { defineConfig } from "prisma/config";
export default defineConfig({ schema: "consumer/prisma/schema.prisma", datasource:{url: "postgresql://x"} });
