import type { Locked, LockedPackage } from './lockFile.ts';

/** What is delivered: the project, and packages by where the lock file has them. */
export interface Delivery {
  readonly name: string;
  readonly version: string;
  /** Packages that are in bundles, and packages that npm installs beside them. */
  readonly packages: Locked;
}

/** A bill of materials as CycloneDX: every package whose code runs in a deployment, with its licence and its hash. */
export function billOfMaterials({ name, version, packages }: Delivery): object {
  const components = new Map(
    Object.entries(packages).map(([place, locked]) => {
      const component = componentOf(nameOf(place), locked);
      return [component['bom-ref'], component];
    }),
  );
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: { type: 'application', 'bom-ref': name, name, version },
    },
    components: [...components.values()],
    dependencies: [{ ref: name, dependsOn: [...components.keys()] }],
  };
}

function componentOf(name: string, { version = '', license, integrity }: LockedPackage) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
    ...(integrity === undefined ? {} : { hashes: [hashOf(integrity)] }),
  };
}

/** npm writes hashes in base64, bills of materials in hexadecimal. */
function hashOf(integrity: string): object {
  const [algorithm = '', hash = ''] = integrity.split('-', 2);
  return {
    alg: algorithm.toUpperCase().replace('SHA', 'SHA-'),
    content: Buffer.from(hash, 'base64').toString('hex'),
  };
}

function nameOf(place: string): string {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
