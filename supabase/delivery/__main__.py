from delivery.main import main

raise SystemExit(main())
