// Prisma's schema engine as WebAssembly: no binary to download, and the same `_prisma_migrations` table as `prisma migrate`.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bindMigrationAwareSqlAdapterFactory, type SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { MigrationList, SchemaEngine, SchemaFilter } from '@prisma/schema-engine-wasm';
import type { DatabaseProvider } from './database.ts';
import type { Migration } from './migration-state.ts';

/** The little of the WebAssembly interface that is needed; its types belong to browsers' libraries. */
interface WasmRuntime {
  instantiate(
    bytes: Uint8Array,
    imports: Record<string, unknown>,
  ): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>;
}

type EngineModule = typeof import('@prisma/schema-engine-wasm') & { __wbg_set_wasm(exports: object): void };

let engineModule: Promise<EngineModule> | null = null;

function loadEngine(): Promise<EngineModule> {
  engineModule ??= instantiate();
  return engineModule;
}

// The package's entry imports the .wasm file as a module, which Node 20 cannot do; so its two halves are joined here.
async function instantiate(): Promise<EngineModule> {
  const glue = (await import('@prisma/schema-engine-wasm/schema_engine_bg')) as EngineModule;
  const folder = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg'));
  const bytes = await readFile(join(folder, 'schema_engine_bg.wasm'));
  const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: WasmRuntime };
  const { instance } = await wasm.instantiate(bytes, { './schema_engine_bg.js': glue });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return glue;
}

export const wholeSchema: SchemaFilter = { externalTables: [], externalEnums: [] };

/** Runs `work` with an engine on the given database, and lets go of both afterwards. */
export async function withSchemaEngine<T>(
  options: { readonly factory: SqlMigrationAwareDriverAdapterFactory; readonly datamodel?: string },
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  const { SchemaEngine: Engine } = await loadEngine();
  const datamodels: [string, string][] | undefined =
    options.datamodel === undefined ? undefined : [['schema.prisma', options.datamodel]];
  const adapters: { dispose(): Promise<void> }[] = [];
  const engine = await Engine.new(
    { datamodels },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(remembering(options.factory, adapters)),
  );
  try {
    return await work(engine);
  } finally {
    engine.free();
    await Promise.allSettled(adapters.map((adapter) => adapter.dispose()));
  }
}

// The engine never disposes of what it connected; SQLite files and pools would stay open.
function remembering(
  factory: SqlMigrationAwareDriverAdapterFactory,
  adapters: { dispose(): Promise<void> }[],
): SqlMigrationAwareDriverAdapterFactory {
  const keep = <Adapter extends { dispose(): Promise<void> }>(adapter: Adapter) => {
    adapters.push(adapter);
    return adapter;
  };
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => keep(await factory.connect()),
    connectToShadowDb: async () => keep(await factory.connectToShadowDb()),
  };
}

export function toMigrationList(baseDir: string, provider: DatabaseProvider, migrations: readonly Migration[]): MigrationList {
  return {
    baseDir,
    lockfile: { path: 'migration_lock.toml', content: `provider = "${provider}"\n` },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
    })),
  };
}

/** The SQL that leads from one schema to another; null when there is nothing to do. */
export async function diffSchemas(
  factory: SqlMigrationAwareDriverAdapterFactory,
  from: string | null,
  to: string,
): Promise<string | null> {
  const files = (content: string) => ({ tag: 'schemaDatamodel' as const, files: [{ path: 'schema.prisma', content }] });
  return withSchemaEngine({ factory, datamodel: to }, async (engine) => {
    const result = await engine.diff({
      from: from === null ? { tag: 'empty' } : files(from),
      to: files(to),
      script: true,
      exitCode: true,
      filters: wholeSchema,
    });
    return result.exitCode === 0 ? null : (result.stdout ?? null);
  });
}
