// Serve writes what a gateway serves below /widget/, joined and compressed, into the folder that it is given: the callbar's own tests measure that.
package main

import (
	"log"
	"os"

	crmwidget "offhook/crm-widget"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: serve FOLDER")
	}
	root := crmwidget.Widget()
	for _, name := range []string{"offhook.js", "offhook-bar.js", "offhook-panel.js", "offhook-mini.js", "offhook-late.js"} {
		for _, file := range []string{name, name + ".gz"} {
			from, err := root.Open(file)
			if err != nil {
				log.Fatal(err)
			}
			to, err := os.Create(os.Args[1] + "/" + file)
			if err != nil {
				log.Fatal(err)
			}
			if _, err := to.ReadFrom(from); err != nil {
				log.Fatal(err)
			}
			if err := to.Close(); err != nil {
				log.Fatal(err)
			}
		}
	}
}
