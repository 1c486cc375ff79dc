// Makes every PNG below /inputs no wider than the given number of pixels, by averaging the area that each new pixel covers.
// Compiled for WASI: clang --target=wasm32-wasi -Os -Wl,--strip-all -o resize.wasm resize.c
#include "png.h"
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>

#define MAX_PATH 4096

// Shrinks `length` pixels of four numbers to `wanted` in each of `lines` lines; steps and strides are in numbers.
static void average(const float *from, size_t length, size_t lines, size_t step, size_t stride, float *to, size_t wanted,
                    size_t to_step, size_t to_stride) {
  const double scale = (double)length / (double)wanted;
  for (size_t line = 0; line < lines; line++)
    for (size_t i = 0; i < wanted; i++) {
      const double start = (double)i * scale, end = (double)(i + 1) * scale;
      float sum[4] = {0};
      for (size_t at = (size_t)start; at < length && (double)at < end; at++) {
        const double weight = (fmin(end, (double)at + 1) - fmax(start, (double)at)) / scale;
        for (int c = 0; c < 4; c++) sum[c] += (float)weight * from[line * stride + at * step + c];
      }
      memcpy(to + line * to_stride + i * to_step, sum, sizeof sum);
    }
}

// First the rows, then the columns. Colours are weighted by their opacity: a transparent pixel has no colour to give.
static int shrink(const Image *image, uint32_t width, Image *small) {
  const size_t old = (size_t)image->width * image->height;
  const uint32_t rounded = (uint32_t)lround((double)image->height * width / image->width);
  const uint32_t height = rounded > 0 ? rounded : 1;
  float *all = malloc(old * 4 * sizeof(float));
  float *narrow = malloc((size_t)width * image->height * 4 * sizeof(float));
  float *low = malloc((size_t)width * height * 4 * sizeof(float));
  *small = (Image){.width = width, .height = height, .pixels = malloc((size_t)width * height * 4)};
  const int has_room = all != NULL && narrow != NULL && low != NULL && small->pixels != NULL;
  if (has_room) {
    for (size_t i = 0; i < old; i++) {
      const uint8_t *pixel = image->pixels + 4 * i;
      for (int c = 0; c < 3; c++) all[4 * i + c] = (float)pixel[c] * pixel[3] / 255;
      all[4 * i + 3] = pixel[3];
    }
    average(all, image->width, image->height, 4, image->width * 4, narrow, width, 4, width * 4);
    average(narrow, image->height, width, width * 4, 4, low, height, width * 4, 4);
    for (size_t i = 0; i < (size_t)width * height; i++) {
      const float alpha = low[4 * i + 3];
      for (int c = 0; c < 3; c++) small->pixels[4 * i + c] = alpha == 0 ? 0 : (uint8_t)lroundf(low[4 * i + c] * 255 / alpha);
      small->pixels[4 * i + 3] = (uint8_t)lroundf(alpha);
    }
  }
  free(all);
  free(narrow);
  free(low);
  return has_room;
}

static uint8_t *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return NULL;
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  uint8_t *bytes = malloc(*size + 1);
  if (bytes != NULL && fread(bytes, 1, *size, file) != *size) *size = 0;
  fclose(file);
  return bytes;
}

// 1 when the picture is there, made small.
static int resize(const char *path, const char *name, uint32_t width) {
  size_t size = 0;
  Image image = {0}, small = {0};
  uint8_t *file = read_file(path, &size);
  const char *fault = file == NULL ? "it cannot be read" : read_png(file, size, &image);
  free(file);
  const int is_smaller = fault == NULL && image.width > width;
  if (is_smaller && !shrink(&image, width, &small)) fault = "too large for the memory of this job";
  const Image *result = is_smaller ? &small : &image;
  uint8_t *made = fault == NULL ? write_png(result, &size) : NULL;
  char target[MAX_PATH];
  snprintf(target, sizeof target, "/outputs/%s", name);
  FILE *out = made == NULL ? NULL : fopen(target, "wb");
  if (out != NULL) {
    fwrite(made, 1, size, out);
    fclose(out);
    printf("%s: %u x %u to %u x %u\n", name, image.width, image.height, result->width, result->height);
  } else {
    fprintf(stderr, "%s: %s\n", name, fault != NULL ? fault : "it cannot be written");
  }
  free(made);
  free(image.pixels);
  free(small.pixels);
  return out != NULL;
}

typedef struct {
  int done, failed;
} Count;

static void walk(const char *folder, uint32_t width, Count *count) {
  DIR *dir = opendir(folder);
  for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
    char path[MAX_PATH];
    struct stat found;
    const size_t length = strlen(entry->d_name);
    if (entry->d_name[0] == '.') continue;
    if (snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= MAX_PATH || stat(path, &found) != 0) continue;
    if (S_ISDIR(found.st_mode)) walk(path, width, count);
    else if (length > 4 && strcasecmp(entry->d_name + length - 4, ".png") == 0) {
      if (resize(path, entry->d_name, width)) count->done++;
      else count->failed++;
    }
  }
  if (dir != NULL) closedir(dir);
}

int main(int argc, char **argv) {
  const long width = argc > 1 ? strtol(argv[1], NULL, 10) : 160;
  Count count = {0};
  if (width < 1 || width > 8192) {
    fprintf(stderr, "expected a width from 1 to 8192, got %s\n", argv[1]);
    return 2;
  }
  walk("/inputs", (uint32_t)width, &count);
  printf("%d images\n", count.done);
  return count.failed > 0 ? 1 : 0;
}
