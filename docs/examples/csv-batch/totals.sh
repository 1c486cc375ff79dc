# Runs in the container: one line for each file, then what each shop sold in all of them.
set -eu
cd /inputs/sales
for file in *.csv; do
  busybox awk -F, -v file="$file" 'NR > 1 { lines++; sum += $3 } END { printf "%s: %d sales, %.2f\n", file, lines, sum }' "$file"
done
{
  echo shop,sales,amount
  busybox awk -F, 'FNR > 1 { sales[$2]++; sum[$2] += $3 } END { for (shop in sum) printf "%s,%d,%.2f\n", shop, sales[shop], sum[shop] }' *.csv | sort
} >/outputs/totals.csv
