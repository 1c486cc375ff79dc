// Reads and writes PNG (RFC 2083, with deflate of RFC 1951): 8 or 16 bits a channel, grey or RGB with or without alpha, palettes;
// no interlacing. What is written is 8-bit RGBA. Everything that is read is checked: a broken file is an error, never a crash.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PIXELS (64u << 20)

typedef struct {
  uint32_t width, height;
  uint8_t *pixels; // RGBA
} Image;

// ---- inflate

typedef struct {
  const uint8_t *in;
  size_t in_size, in_at;
  uint32_t bits, bit_count;
  uint8_t *out;
  size_t out_size, out_at;
  int failed;
} Inflater;

static uint32_t take(Inflater *z, uint32_t count) {
  while (z->bit_count < count) {
    if (z->in_at == z->in_size) {
      z->failed = 1;
      return 0;
    }
    z->bits |= (uint32_t)z->in[z->in_at++] << z->bit_count;
    z->bit_count += 8;
  }
  const uint32_t value = z->bits & ((1u << count) - 1);
  z->bits >>= count;
  z->bit_count -= count;
  return value;
}

// A canonical Huffman code: how many codes there are of each length, and the symbols in their order.
typedef struct {
  uint16_t count[16], symbol[288];
} Code;

static void make_code(Code *code, const uint8_t *lengths, int symbols) {
  uint16_t offset[16] = {0};
  memset(code->count, 0, sizeof code->count);
  for (int i = 0; i < symbols; i++) code->count[lengths[i]]++;
  code->count[0] = 0;
  for (int i = 1; i < 15; i++) offset[i + 1] = offset[i] + code->count[i];
  for (int i = 0; i < symbols; i++)
    if (lengths[i] != 0) code->symbol[offset[lengths[i]]++] = (uint16_t)i;
}

static int next_symbol(Inflater *z, const Code *code) {
  int value = 0, first = 0, index = 0;
  for (int length = 1; length < 16 && !z->failed; length++) {
    value |= (int)take(z, 1);
    const int count = code->count[length];
    if (value - count < first) return code->symbol[index + value - first];
    index += count;
    first = (first + count) << 1;
    value <<= 1;
  }
  z->failed = 1;
  return 0;
}

static const uint16_t LENGTH_BASE[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                         31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
static const uint8_t LENGTH_EXTRA[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static const uint16_t DISTANCE_BASE[30] = {1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
                                           193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
static const uint8_t DISTANCE_EXTRA[30] = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
                                           6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};

static void read_symbols(Inflater *z, const Code *literals, const Code *distances) {
  while (!z->failed) {
    const int symbol = next_symbol(z, literals);
    if (z->failed || symbol == 256) return;
    if (symbol < 256) {
      if (z->out_at == z->out_size) z->failed = 1;
      else z->out[z->out_at++] = (uint8_t)symbol;
      continue;
    }
    if (symbol > 285) z->failed = 1;
    if (z->failed) return;
    const size_t length = LENGTH_BASE[symbol - 257] + take(z, LENGTH_EXTRA[symbol - 257]);
    const int far = next_symbol(z, distances);
    if (far > 29) z->failed = 1;
    if (z->failed) return;
    const size_t distance = DISTANCE_BASE[far] + take(z, DISTANCE_EXTRA[far]);
    if (distance > z->out_at || length > z->out_size - z->out_at) z->failed = 1;
    for (size_t i = 0; i < length && !z->failed; i++, z->out_at++) z->out[z->out_at] = z->out[z->out_at - distance];
  }
}

static void read_own_codes(Inflater *z, Code *literals, Code *distances) {
  static const uint8_t ORDER[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  const int literal_count = (int)take(z, 5) + 257, distance_count = (int)take(z, 5) + 1, count = (int)take(z, 4) + 4;
  uint8_t lengths[320] = {0};
  Code code;
  for (int i = 0; i < count; i++) lengths[ORDER[i]] = (uint8_t)take(z, 3);
  make_code(&code, lengths, 19);
  memset(lengths, 0, sizeof lengths);
  if (literal_count > 286) z->failed = 1;
  for (int i = 0; i < literal_count + distance_count && !z->failed;) {
    const int symbol = next_symbol(z, &code);
    if (symbol < 16) {
      lengths[i++] = (uint8_t)symbol;
      continue;
    }
    if (symbol == 16 && i == 0) z->failed = 1;
    const uint8_t again = symbol == 16 && i > 0 ? lengths[i - 1] : 0;
    int repeat = symbol == 16 ? 3 + (int)take(z, 2) : symbol == 17 ? 3 + (int)take(z, 3) : 11 + (int)take(z, 7);
    if (i + repeat > literal_count + distance_count) z->failed = 1;
    while (repeat-- > 0 && !z->failed) lengths[i++] = again;
  }
  if (z->failed) return;
  make_code(literals, lengths, literal_count);
  make_code(distances, lengths + literal_count, distance_count);
}

static void fixed_codes(Code *literals, Code *distances) {
  uint8_t lengths[288];
  for (int i = 0; i < 288; i++) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
  make_code(literals, lengths, 288);
  memset(lengths, 5, 30);
  make_code(distances, lengths, 30);
}

static void read_stored(Inflater *z) {
  z->bits = z->bit_count = 0;
  const uint32_t length = take(z, 16), inverse = take(z, 16);
  if ((length ^ inverse) != 0xffff || length > z->in_size - z->in_at || length > z->out_size - z->out_at) z->failed = 1;
  if (z->failed) return;
  memcpy(z->out + z->out_at, z->in + z->in_at, length);
  z->in_at += length;
  z->out_at += length;
}

// Fills `out` exactly from a zlib stream; 0 when that is not what is there.
static int inflate_to(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size) {
  Inflater z = {.in = in, .in_size = in_size, .in_at = 2, .out = out, .out_size = out_size};
  if (in_size < 2 || (in[0] & 15) != 8) return 0;
  for (int is_last = 0; !is_last && !z.failed;) {
    Code literals, distances;
    is_last = (int)take(&z, 1);
    const uint32_t kind = take(&z, 2);
    if (kind == 0) read_stored(&z);
    else if (kind == 3) z.failed = 1;
    else {
      if (kind == 1) fixed_codes(&literals, &distances);
      else read_own_codes(&z, &literals, &distances);
      read_symbols(&z, &literals, &distances);
    }
  }
  return !z.failed && z.out_at == out_size;
}

// ---- deflate: the fixed codes, and the last place where the same three bytes were

typedef struct {
  uint8_t *out;
  size_t at;
  uint32_t bits, bit_count;
} Deflater;

static void give(Deflater *d, uint32_t value, uint32_t count) {
  d->bits |= value << d->bit_count;
  for (d->bit_count += count; d->bit_count >= 8; d->bit_count -= 8, d->bits >>= 8) d->out[d->at++] = (uint8_t)d->bits;
}

// Huffman codes are written from their highest bit on.
static void give_code(Deflater *d, uint32_t code, uint32_t count) {
  for (uint32_t i = count; i-- > 0;) give(d, (code >> i) & 1, 1);
}

static void give_literal(Deflater *d, uint32_t symbol) {
  if (symbol < 144) give_code(d, 48 + symbol, 8);
  else if (symbol < 256) give_code(d, 400 + symbol - 144, 9);
  else if (symbol < 280) give_code(d, symbol - 256, 7);
  else give_code(d, 192 + symbol - 280, 8);
}

static void give_match(Deflater *d, size_t length, size_t distance) {
  int near = 28, far = 29;
  while (LENGTH_BASE[near] > length) near--;
  while (DISTANCE_BASE[far] > distance) far--;
  give_literal(d, 257 + (uint32_t)near);
  give(d, (uint32_t)(length - LENGTH_BASE[near]), LENGTH_EXTRA[near]);
  give_code(d, (uint32_t)far, 5);
  give(d, (uint32_t)(distance - DISTANCE_BASE[far]), DISTANCE_EXTRA[far]);
}

static uint32_t adler32(const uint8_t *bytes, size_t size) {
  uint32_t a = 1, b = 0;
  for (size_t i = 0; i < size; i++) {
    a = (a + bytes[i]) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

static void put32(uint8_t *at, uint32_t value) {
  for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> (24 - 8 * i));
}

// A zlib stream of `size` bytes into `out`, which has room for size * 9 / 8 + 16. Gives its length.
static size_t deflate_to(const uint8_t *in, size_t size, uint8_t *out) {
  static int32_t last[1 << 15];
  Deflater d = {.out = out, .at = 2};
  out[0] = 0x78;
  out[1] = 0x01;
  for (int i = 0; i < 1 << 15; i++) last[i] = -1;
  give(&d, 3, 3);
  for (size_t i = 0; i < size;) {
    size_t length = 0, distance = 0;
    if (i + 3 <= size) {
      const uint32_t hash = ((uint32_t)in[i] * 2654435761u ^ (uint32_t)in[i + 1] * 40503u ^ (uint32_t)in[i + 2] << 7) & 0x7fff;
      distance = last[hash] < 0 ? 0 : i - (size_t)last[hash];
      last[hash] = (int32_t)i;
      if (distance > 0 && distance <= 32768)
        while (length < 258 && i + length < size && in[i + length] == in[i + length - distance]) length++;
    }
    if (length >= 3) give_match(&d, length, distance);
    else give_literal(&d, in[i]);
    i += length >= 3 ? length : 1;
  }
  give_literal(&d, 256);
  give(&d, 0, 7);
  put32(out + d.at, adler32(in, size));
  return d.at + 4;
}

// ---- PNG

static const uint8_t SIGNATURE[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

static uint32_t get32(const uint8_t *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

// Takes the filters off, row by row. 0 for a filter that does not exist.
static int unfilter(uint8_t *rows, uint32_t height, size_t row, size_t step) {
  for (uint32_t y = 0; y < height; y++) {
    uint8_t *line = rows + y * (row + 1);
    const uint8_t kind = *line++;
    const uint8_t *above = line - (row + 1);
    if (kind > 4) return 0;
    for (size_t x = 0; x < row; x++) {
      const int left = x < step ? 0 : line[x - step], up = y == 0 ? 0 : above[x];
      const int corner = x < step || y == 0 ? 0 : above[x - step];
      const int to_left = abs(up - corner), to_up = abs(left - corner), to_corner = abs(left + up - 2 * corner);
      const int paeth = to_left <= to_up && to_left <= to_corner ? left : to_up <= to_corner ? up : corner;
      const int guess[5] = {0, left, up, (left + up) / 2, paeth};
      line[x] = (uint8_t)(line[x] + guess[kind]);
    }
  }
  return 1;
}

// What is wrong with a file; NULL when `image` is read. Its pixels are the caller's to free.
static const char *read_png(const uint8_t *file, size_t size, Image *image) {
  static const uint8_t CHANNELS[7] = {1, 0, 3, 1, 2, 0, 4};
  uint8_t palette[256][4];
  if (size < 33 || memcmp(file, SIGNATURE, 8) != 0 || memcmp(file + 12, "IHDR", 4) != 0) return "this is no PNG";
  const uint32_t width = get32(file + 16), height = get32(file + 20);
  const uint8_t depth = file[24], kind = file[25];
  if (width == 0 || height == 0 || width > MAX_PIXELS / height) return "no size of a picture, or too large a one";
  if (kind > 6 || CHANNELS[kind] == 0 || (depth != 8 && !(depth == 16 && kind != 3)) || file[28] != 0)
    return "only 8 and 16 bits a channel, without interlacing";
  uint8_t *packed = malloc(size);
  size_t packed_size = 0;
  memset(palette, 255, sizeof palette);
  for (size_t at = 8; at + 12 <= size;) {
    const uint32_t length = get32(file + at);
    if (length > size - at - 12) break;
    const uint8_t *name = file + at + 4, *data = file + at + 8;
    if (memcmp(name, "IDAT", 4) == 0) {
      memcpy(packed + packed_size, data, length);
      packed_size += length;
    }
    for (uint32_t i = 0; memcmp(name, "PLTE", 4) == 0 && i < length / 3 && i < 256; i++) memcpy(palette[i], data + 3 * i, 3);
    for (uint32_t i = 0; memcmp(name, "tRNS", 4) == 0 && kind == 3 && i < length && i < 256; i++) palette[i][3] = data[i];
    at += length + 12;
  }
  const size_t channels = CHANNELS[kind], bytes = depth / 8, step = channels * bytes, row = width * step;
  const size_t rows_size = (row + 1) * height;
  uint8_t *rows = malloc(rows_size);
  image->pixels = malloc((size_t)width * height * 4);
  const char *fault = rows == NULL || image->pixels == NULL ? "too large for the memory of this job" : NULL;
  if (fault == NULL && !inflate_to(packed, packed_size, rows, rows_size)) fault = "its data is broken";
  if (fault == NULL && !unfilter(rows, height, row, step)) fault = "its rows are broken";
  for (size_t i = 0; fault == NULL && i < (size_t)width * height; i++) {
    const uint8_t *from = rows + i / width * (row + 1) + 1 + i % width * step;
    uint8_t *to = image->pixels + 4 * i;
    if (kind == 3) memcpy(to, palette[*from], 4);
    else {
      for (int c = 0; c < 3; c++) to[c] = from[channels < 3 ? 0 : (size_t)c * bytes];
      to[3] = channels % 2 == 0 ? from[(channels - 1) * bytes] : 255;
    }
  }
  free(packed);
  free(rows);
  image->width = width;
  image->height = height;
  return fault;
}

static size_t put_chunk(uint8_t *at, const char *name, const uint8_t *data, size_t size) {
  uint32_t crc = ~0u;
  put32(at, (uint32_t)size);
  memcpy(at + 4, name, 4);
  if (size > 0) memmove(at + 8, data, size);
  for (size_t i = 4; i < size + 8; i++) {
    crc ^= at[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  put32(at + 8 + size, ~crc);
  return size + 12;
}

// A whole file; the caller frees it. Each row is written as its difference from the one above. NULL without memory.
static uint8_t *write_png(const Image *image, size_t *size) {
  const size_t row = (size_t)image->width * 4, rows_size = (row + 1) * image->height;
  uint8_t *rows = malloc(rows_size), *out = malloc(rows_size / 8 * 9 + 128);
  if (rows == NULL || out == NULL) return NULL;
  for (uint32_t y = 0; y < image->height; y++) {
    const uint8_t *from = image->pixels + y * row;
    uint8_t *to = rows + y * (row + 1);
    *to++ = 2;
    for (size_t x = 0; x < row; x++) to[x] = (uint8_t)(from[x] - (y == 0 ? 0 : from[x - row]));
  }
  uint8_t header[13] = {0, 0, 0, 0, 0, 0, 0, 0, 8, 6, 0, 0, 0};
  put32(header, image->width);
  put32(header + 4, image->height);
  memcpy(out, SIGNATURE, 8);
  *size = 8;
  *size += put_chunk(out + *size, "IHDR", header, sizeof header);
  const size_t packed = deflate_to(rows, rows_size, out + *size + 8);
  *size += put_chunk(out + *size, "IDAT", out + *size + 8, packed);
  *size += put_chunk(out + *size, "IEND", NULL, 0);
  free(rows);
  return out;
}
