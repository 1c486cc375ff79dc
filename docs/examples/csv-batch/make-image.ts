// Loads an image of this machine's static busybox into the Docker engine and prints its id; else says what is missing and
// ends with 1.
import { busyboxImage } from '../../../scripts/lib/docker-image.ts'

const image = await busyboxImage(undefined, 'example csv-batch')
console.log('id' in image ? image.id : image.missing)
process.exitCode = 'id' in image ? 0 : 1
